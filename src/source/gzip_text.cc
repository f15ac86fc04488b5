#include "source/gzip_text.h"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "source/counted_stream.h"

namespace costream {
namespace {

constexpr int64_t kFileBytes = 64 << 10;

class GzipText : public CountedStream {
 public:
  GzipText(std::string name, std::shared_ptr<arrow::io::InputStream> bytes)
      : name_(std::move(name)), bytes_(std::move(bytes)), buffer_(kFileBytes) {
    isal_inflate_init(&state_);
    state_.crc_flag = ISAL_GZIP;
  }

  arrow::Status Close() override { return bytes_->Close(); }
  bool closed() const override { return bytes_->closed(); }

 private:
  arrow::Result<int64_t> ReadNext(int64_t size, uint8_t* out) override {
    int64_t got = 0;
    while (got < size) {
      ARROW_ASSIGN_OR_RAISE(const bool more, Fill());
      if (between_) {
        ARROW_ASSIGN_OR_RAISE(const bool begun, BeginMember(more));
        if (!begun && more) continue;  // padding
        if (!begun) break;
      }
      ARROW_ASSIGN_OR_RAISE(const int64_t step, Inflate(size - got, out + got));
      // What is left in the state may still come, without bytes of the file.
      if (!more && step == 0 && !between_) {
        return InputErrorAt(name_, "is cut off: the gzip data ends in the middle");
      }
      got += step;
    }
    return got;
  }

  // Makes bytes of the file ready; false at its end.
  arrow::Result<bool> Fill() {
    if (state_.avail_in > 0) return true;
    ARROW_ASSIGN_OR_RAISE(const int64_t got, bytes_->Read(kFileBytes, buffer_.data()));
    state_.next_in = buffer_.data();
    state_.avail_in = static_cast<uint32_t>(got);
    file_position_ += got;
    return got > 0;
  }

  // Begins the next gzip member; false where none begins here. What pads the file to a block is zeros.
  arrow::Result<bool> BeginMember(bool more) {
    if (!more && first_) return InputErrorAt(name_, "is empty, not a gzip file; was it cut off?");
    while (!first_ && state_.avail_in > 0 && *state_.next_in == 0) {
      ++state_.next_in;
      --state_.avail_in;
    }
    if (state_.avail_in == 0) return false;
    first_ = between_ = false;
    isal_inflate_reset(&state_);
    return true;
  }

  arrow::Result<int64_t> Inflate(int64_t size, uint8_t* out) {
    constexpr int64_t kMost = 1 << 30;  // ISA-L counts in 32 bits
    const auto room = static_cast<uint32_t>(std::min(size, kMost));
    state_.next_out = out;
    state_.avail_out = room;
    const int result = isal_inflate(&state_);
    if (result == ISAL_INCORRECT_CHECKSUM)
      return InputErrorAt(name_, "is damaged: its gzip checksum is wrong");
    if (result < 0) {
      return InputErrorAt(name_, "is damaged or no gzip file (at byte {})", file_position_ - state_.avail_in);
    }
    between_ = state_.block_state == ISAL_BLOCK_FINISH;
    return room - state_.avail_out;
  }

  const std::string name_;
  const std::shared_ptr<arrow::io::InputStream> bytes_;
  std::vector<uint8_t> buffer_;  // of the file
  inflate_state state_{};
  int64_t file_position_ = 0;  // behind the buffer
  bool first_ = true;          // no member has begun
  bool between_ = true;        // gzip members: at a begin or the end of the file
};

}  // namespace

std::shared_ptr<arrow::io::InputStream> GunzipText(std::string name,
                                                   std::shared_ptr<arrow::io::InputStream> bytes) {
  return std::make_shared<GzipText>(std::move(name), std::move(bytes));
}

}  // namespace costream
