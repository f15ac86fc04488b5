#include "base/process_memory.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>

namespace costream {
namespace {

int statm = -1;

// The file is of the process that opened it: one that is forked opens its own.
void OpenStatm() {
  if (statm >= 0) close(statm);
  statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
}

}  // namespace

int64_t ResidentBytes() {
  // Asked often, from all workers: the file stays open and is read at once.
  static const bool opened = [] {
    OpenStatm();
    return pthread_atfork(nullptr, nullptr, OpenStatm) == 0;
  }();
  char text[128] = {};
  if (!opened || statm < 0 || pread(statm, text, sizeof text - 1, 0) <= 0) return 0;
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
