#include "merge/spill_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "base/fault_point.h"

namespace costream {
namespace {

constexpr size_t kBuffer = size_t{64} << 10;  // before it is written

arrow::Status DiskError(const std::string& folder, int error) {
  return UsageError("spilling to {}: {}; choose a folder with room by --spill-dir, or raise --memory-limit",
                    folder, std::strerror(error));
}

arrow::Status CannotRead(const char* why) {
  return UsageError("spilled state cannot be read back: {}; choose another folder by --spill-dir", why);
}

}  // namespace

arrow::Status SpillSpace::Take(int64_t bytes) {
  const int64_t now = bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (now <= limit_bytes_) return arrow::Status::OK();
  return UsageError("{} MiB were spilled, more than --spill-limit; raise it or --memory-limit", now >> 20);
}

arrow::Result<std::unique_ptr<SpillFile>> SpillFile::Make(SpillSpace* space) {
  std::string name = space->folder() + "/costream-spill-XXXXXX";
  const int file = mkostemp(name.data(), O_CLOEXEC);
  if (file < 0) return DiskError(space->folder(), errno);
  unlink(name.c_str());
  return std::unique_ptr<SpillFile>(new SpillFile(file, space));
}

SpillFile::~SpillFile() { close(file_); }

arrow::Status SpillFile::Append(std::string_view bytes) {
  buffer_.append(bytes);
  return buffer_.size() < kBuffer ? arrow::Status::OK() : Flush();
}

arrow::Status SpillFile::Flush() {
  ARROW_RETURN_NOT_OK(Pass(FaultPoint::kSpillWrite));
  ARROW_RETURN_NOT_OK(space_.Take(static_cast<int64_t>(buffer_.size())));
  for (size_t done = 0; done < buffer_.size();) {
    const ssize_t written = write(file_, buffer_.data() + done, buffer_.size() - done);
    if (written < 0 && errno != EINTR) return DiskError(space_.folder(), errno);
    if (written > 0) done += static_cast<size_t>(written);
  }
  bytes_ += static_cast<int64_t>(buffer_.size());
  std::string().swap(buffer_);
  return arrow::Status::OK();
}

arrow::Result<const char*> SpillReader::Peek(size_t size) {
  if (buffer_.size() - next_ >= size) return buffer_.data() + next_;
  ARROW_RETURN_NOT_OK(Pass(FaultPoint::kSpillRead));
  buffer_.erase(0, next_);
  next_ = 0;
  size_t have = buffer_.size();
  const auto left = static_cast<size_t>(end_ - read_);
  buffer_.resize(have + std::min(left, std::max(size, buffer_bytes_) - have));
  while (have < buffer_.size()) {
    const ssize_t read = pread(file_.file_, buffer_.data() + have, buffer_.size() - have, read_);
    if (read < 0 && errno == EINTR) continue;
    if (read <= 0) {
      return CannotRead(read < 0 ? std::strerror(errno) : "it ends too early");
    }
    have += static_cast<size_t>(read);
    read_ += read;
  }
  if (have < size) return CannotRead("it ends too early");
  return buffer_.data();
}

}  // namespace costream
