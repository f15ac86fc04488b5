#include "base/process_memory.h"

#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <span>

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

void ReleaseLibraryPages() {
  dl_iterate_phdr(
      [](dl_phdr_info* library, size_t, void*) {
        const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
        for (const ElfW(Phdr) & segment : std::span(library->dlpi_phdr, library->dlpi_phnum)) {
          // Relocated pages lie in segments that could be written once: they are not as in the file.
          if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
          const uintptr_t first = (library->dlpi_addr + segment.p_vaddr) / page * page;
          const uintptr_t last = (library->dlpi_addr + segment.p_vaddr + segment.p_memsz) / page * page;
          madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
        }
        return 0;
      },
      nullptr);
}

}  // namespace costream
