#include "sink/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include "base/error.h"

namespace costream {
namespace {

// Whether the open file is still the one of that name: who held it before has removed it.
bool IsAt(const std::string& path, int fd) {
  struct stat named{}, open{};
  return stat(path.c_str(), &named) == 0 && fstat(fd, &open) == 0 && named.st_dev == open.st_dev &&
         named.st_ino == open.st_ino;
}

}  // namespace

arrow::Result<std::unique_ptr<LockFile>> LockFile::Acquire(const std::string& path, const std::string& target,
                                                           const SinkOptions& options) {
  const auto failed = [&](const std::string& reason) {
    return UsageError("--to {}: cannot be written: {}", target, reason);
  };
  for (bool waiting = false;;) {
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
    if (error) return failed(error.message());
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0 && errno == ENOENT) continue;  // who held it has just removed its folder
    if (fd < 0) return failed(std::strerror(errno));
    // Not a wait in flock: it would not hear of a signal that came before.
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      const int reason = errno;
      if (reason != EWOULDBLOCK || options.cancelled()) {
        close(fd);
        return reason != EWOULDBLOCK ? failed(std::strerror(reason))
                                     : MakeError(ErrorKind::kCancelled, "stopped");
      }
      if (!waiting) options.tell(fmt::format("another run holds {}; waiting for it", target));
      waiting = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    if (IsAt(path, fd)) return std::unique_ptr<LockFile>(new LockFile(path, fd));
    close(fd);
  }
}

LockFile::~LockFile() {
  unlink(path_.c_str());
  close(fd_);
}

}  // namespace costream
