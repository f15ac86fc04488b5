#include "base/text_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace costream {

std::optional<std::string> ReadTextFile(const std::string& path) {
  constexpr size_t kBlock = 1 << 16;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::string text;
  ssize_t count = 0;
  do {
    const size_t size = text.size();
    text.resize(size + kBlock);
    count = read(fd, text.data() + size, kBlock);
    text.resize(size + static_cast<size_t>(std::max<ssize_t>(count, 0)));
  } while (count > 0 || (count < 0 && errno == EINTR));
  const int reason = errno;
  close(fd);
  errno = reason;
  return count < 0 ? std::nullopt : std::optional(std::move(text));
}

}  // namespace costream
