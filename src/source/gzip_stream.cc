#include "source/gzip_stream.h"

#include <zlib.h>

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace costream {
namespace {

constexpr int64_t kFileBytes = 64 << 10;
constexpr int kGzipOnly = 15 + 16;  // zlib's windowBits: the largest window, a gzip header

// zlib's state, which points to itself and is copied by its own function.
class Inflater {
 public:
  Inflater() = default;
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  arrow::Status Init() {
    return inflateInit2(&stream_, kGzipOnly) == Z_OK ? arrow::Status::OK() : OutOfMemoryError();
  }
  arrow::Status CopyOf(const Inflater& other) {
    // zlib reads the source only, but takes it as not const.
    return inflateCopy(&stream_, const_cast<z_stream*>(&other.stream_)) == Z_OK ? arrow::Status::OK()
                                                                                : OutOfMemoryError();
  }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
};

}  // namespace

// Where a stream is: all that it needs to go on, but for the file.
struct GzipState {
  Inflater inflater;
  int64_t file_position = 0;  // of the next byte that zlib has not taken
  int64_t position = 0;
  bool between = true;  // gzip members: at a begin or the end of the file
};

class PlaceImpl : public GzipStream::Place {
 public:
  int64_t position() const override { return state.position; }
  GzipState state;
};

class GzipStream::Impl {
 public:
  arrow::Status Open(const InputFile& file, int64_t max_bytes, const Place* from) {
    name_ = file.name();
    max_bytes_ = max_bytes;
    ARROW_RETURN_NOT_OK(Named(file.Open().Value(&file_)));
    if (!from) return state_.inflater.Init();
    const GzipState& place = static_cast<const PlaceImpl*>(from)->state;
    state_.file_position = place.file_position;
    state_.position = place.position;
    state_.between = place.between;
    return state_.inflater.CopyOf(place.inflater);
  }

  arrow::Result<int64_t> Read(int64_t size, uint8_t* out) {
    int64_t got = 0;
    while (got < size) {
      ARROW_ASSIGN_OR_RAISE(const bool more, state_.between ? BeginMember() : Fill());
      if (!more && !state_.between) {
        return InputErrorAt(name_, "is cut off: the gzip data ends in the middle");
      }
      if (!more) break;
      ARROW_ASSIGN_OR_RAISE(const int64_t step, Inflate(size - got, out + got));
      got += step;
    }
    return got;
  }

  std::shared_ptr<const Place> Mark() const {
    auto place = std::make_shared<PlaceImpl>();
    if (!place->state.inflater.CopyOf(state_.inflater).ok()) return nullptr;
    place->state.file_position = state_.file_position;
    place->state.position = state_.position;
    place->state.between = state_.between;
    return place;
  }

  const GzipState& state() const { return state_; }

 private:
  // What the system says of the file is the input's fault.
  arrow::Status Named(const arrow::Status& status) const {
    if (status.ok() || status.IsOutOfMemory() || KindOf(status) != ErrorKind::kInternal) return status;
    return InputErrorAt(name_, "cannot be read: {}", status.message());
  }

  // Makes bytes of the file ready; false at its end.
  arrow::Result<bool> Fill() {
    if (begin_ < end_) return true;
    if (buffer_.empty()) buffer_.resize(kFileBytes);
    ARROW_RETURN_NOT_OK(Named(file_->ReadAt(state_.file_position, kFileBytes, buffer_.data()).Value(&end_)));
    begin_ = 0;
    return end_ > 0;
  }

  // Begins the next gzip member; false where there is none. What pads the file to a block is zeros.
  arrow::Result<bool> BeginMember() {
    const bool first = state_.file_position == 0;
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const bool more, Fill());
      if (!more && first) return InputErrorAt(name_, "is empty, not a gzip file; was it cut off?");
      if (!more) return false;
      if (first || buffer_[begin_] != 0) break;
      ++begin_;
      ++state_.file_position;
    }
    if (inflateReset(&state_.inflater.stream()) != Z_OK) return OutOfMemoryError();
    state_.between = false;
    return true;
  }

  arrow::Result<int64_t> Inflate(int64_t size, uint8_t* out) {
    constexpr int64_t kMost = 1 << 30;  // zlib counts in 32 bits
    z_stream& stream = state_.inflater.stream();
    stream.next_in = buffer_.data() + begin_;
    stream.avail_in = static_cast<uInt>(end_ - begin_);
    stream.next_out = out;
    stream.avail_out = static_cast<uInt>(std::min(size, kMost));
    const int result = inflate(&stream, Z_NO_FLUSH);
    const int64_t taken = (end_ - begin_) - stream.avail_in;
    const int64_t made = std::min(size, kMost) - stream.avail_out;
    begin_ += taken;
    state_.file_position += taken;
    state_.position += made;
    if (result == Z_MEM_ERROR) return OutOfMemoryError();
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
      return InputErrorAt(name_, "is damaged or no gzip file: {} (at byte {})",
                          stream.msg ? stream.msg : "unknown data", state_.file_position);
    }
    state_.between = result == Z_STREAM_END;
    ARROW_RETURN_NOT_OK(CheckSize());
    return made;
  }

  arrow::Status CheckSize() const {
    if (state_.position > max_bytes_) {
      return InputErrorAt(name_, "unpacks to more than {} bytes; raise --payload-max-bytes if it is right",
                          max_bytes_);
    }
    if (state_.position > kRatioCountsFrom && state_.position / kLargestRatio > state_.file_position) {
      return InputErrorAt(
          name_,
          "unpacks to more than {} times its size, as no report does; if it is right, name its CSV files "
          "instead",
          kLargestRatio);
    }
    return arrow::Status::OK();
  }

  std::string name_;
  int64_t max_bytes_ = 0;
  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  GzipState state_;
  std::vector<uint8_t> buffer_;  // of the file
  int64_t begin_ = 0, end_ = 0;  // of what is left in it
};

GzipStream::GzipStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GzipStream::~GzipStream() = default;

arrow::Result<std::unique_ptr<GzipStream>> GzipStream::Open(const InputFile& file, int64_t max_bytes,
                                                            const Place* from) {
  auto impl = std::make_unique<Impl>();
  ARROW_RETURN_NOT_OK(impl->Open(file, max_bytes, from));
  return std::unique_ptr<GzipStream>(new GzipStream(std::move(impl)));
}

arrow::Result<int64_t> GzipStream::Read(int64_t size, uint8_t* out) { return impl_->Read(size, out); }
int64_t GzipStream::position() const { return impl_->state().position; }
int64_t GzipStream::file_position() const { return impl_->state().file_position; }
std::shared_ptr<const GzipStream::Place> GzipStream::Mark() const { return impl_->Mark(); }

}  // namespace costream
