#include "source/tar_stream.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <vector>

#include "base/error.h"

namespace costream {
namespace {

constexpr int64_t kChunkBytes = 64 << 10;

// In the C locale libarchive cannot convert a name that is no ASCII; its bytes serve as well.
std::string PathOf(archive_entry* entry) {
  const char* path = archive_entry_pathname_utf8(entry);
  if (!path) path = archive_entry_pathname(entry);
  return path ? path : "";
}

bool IsPlain(archive_entry* entry) {
  return archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry) &&
         !archive_entry_symlink(entry) && archive_entry_sparse_count(entry) == 0 &&
         archive_entry_size_is_set(entry) && archive_entry_size(entry) >= 0;
}

}  // namespace

class TarStream::Impl {
 public:
  Impl(std::unique_ptr<GzipStream> gzip, std::string name, int64_t place_every)
      : gzip_(std::move(gzip)),
        name_(std::move(name)),
        place_every_(place_every),
        begin_(gzip_->position()),
        last_place_at_(gzip_->file_position()),
        archive_(archive_read_new()) {}
  ~Impl() { archive_read_free(archive_); }

  arrow::Result<bool> Next(TarMember* member) {
    if (!open_) ARROW_RETURN_NOT_OK(Open());
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(archive_, &entry);
    if (result == ARCHIVE_EOF) return false;
    ARROW_RETURN_NOT_OK(Check(result));
    member->path = PathOf(entry);
    member->plain = IsPlain(entry);
    constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 4;  // so that sums of sizes stay in range
    member->bytes = member->plain ? std::min<int64_t>(archive_entry_size(entry), kMost) : 0;
    member->position = begin_ + archive_read_header_position(archive_);
    next_headers_ = begin_ + archive_filter_bytes(archive_, 0) + member->bytes;
    return true;
  }

  arrow::Result<int64_t> Read(int64_t size, uint8_t* out) {
    int64_t got = 0;
    while (got < size) {
      const la_ssize_t step = archive_read_data(archive_, out + got, static_cast<size_t>(size - got));
      if (step < 0) ARROW_RETURN_NOT_OK(Check(static_cast<int>(step)));
      if (step <= 0) break;
      got += step;
    }
    return got;
  }

  std::shared_ptr<const GzipStream::Place> PlaceBefore(int64_t position) const {
    for (const auto& place : places_) {
      if (place && place->position() <= position) return place;
    }
    return nullptr;
  }

  arrow::Status Drain() {
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const int64_t got, gzip_->Read(kChunkBytes, Buffer()));
      if (got == 0) return arrow::Status::OK();
    }
  }

 private:
  arrow::Status Open() {
    if (!archive_) return OutOfMemoryError();
    open_ = true;
    archive_read_support_format_tar(archive_);
    return Check(archive_read_open(archive_, this, nullptr, &Impl::OnRead, nullptr));
  }

  static la_ssize_t OnRead(archive* archive, void* self, const void** data) {
    auto& impl = *static_cast<Impl*>(self);
    *data = impl.Buffer();
    impl.KeepPlace();
    const auto got = impl.gzip_->Read(kChunkBytes, impl.Buffer());
    if (got.ok()) return static_cast<la_ssize_t>(*got);
    impl.status_ = got.status();
    archive_set_error(archive, EIO, "cannot be read");
    return ARCHIVE_FATAL;
  }

  // Where the next chunk is the first that can hold headers.
  void KeepPlace() {
    if (gzip_->position() + kChunkBytes <= next_headers_) return;
    if (gzip_->file_position() - last_place_at_ < place_every_) return;
    last_place_at_ = gzip_->file_position();
    // libarchive may look a chunk ahead: the member at hand can lie before the last place.
    places_[1] = std::move(places_[0]);
    places_[0] = gzip_->Mark();
  }

  uint8_t* Buffer() {
    buffer_.resize(kChunkBytes);
    return buffer_.data();
  }

  arrow::Status Check(int result) const {
    ARROW_RETURN_NOT_OK(status_);
    if (result == ARCHIVE_OK || result == ARCHIVE_WARN) return arrow::Status::OK();
    const char* reason = archive_error_string(archive_);
    return InputErrorAt(name_, "cannot be read as a tar archive: {}", reason ? reason : "unknown reason");
  }

  const std::unique_ptr<GzipStream> gzip_;
  const std::string name_;
  const int64_t place_every_;
  const int64_t begin_;
  int64_t next_headers_ = 0;  // the least position that they can begin at
  int64_t last_place_at_;
  std::array<std::shared_ptr<const GzipStream::Place>, 2> places_;  // the last first
  std::vector<uint8_t> buffer_;
  archive* const archive_;
  bool open_ = false;
  arrow::Status status_;  // of the gzip stream
};

TarStream::TarStream(std::unique_ptr<GzipStream> gzip, std::string name, int64_t place_every)
    : impl_(std::make_unique<Impl>(std::move(gzip), std::move(name), place_every)) {}
TarStream::~TarStream() = default;

arrow::Result<bool> TarStream::Next(TarMember* member) { return impl_->Next(member); }
arrow::Result<int64_t> TarStream::Read(int64_t size, uint8_t* out) { return impl_->Read(size, out); }
std::shared_ptr<const GzipStream::Place> TarStream::PlaceBefore(int64_t position) const {
  return impl_->PlaceBefore(position);
}
arrow::Status TarStream::Drain() { return impl_->Drain(); }

}  // namespace costream
