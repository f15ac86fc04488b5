#include "base/process_memory.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>

namespace costream {

int64_t ResidentBytes() {
  // Asked often, from all workers: the file stays open and is read at once.
  static const int statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  char text[128] = {};
  if (statm < 0 || pread(statm, text, sizeof text - 1, 0) <= 0) return 0;
  char* resident = nullptr;
  std::strtoll(text, &resident, 10);  // the total
  return std::strtoll(resident, nullptr, 10) * sysconf(_SC_PAGESIZE);
}

int64_t PeakResidentBytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

}  // namespace costream
