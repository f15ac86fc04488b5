#include "job/memory_limit.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/machine.h"
#include "base/process_memory.h"

namespace costream {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kLeast = 80 * kMiB;
// Measured (docs/performance.md): the process with its libraries and a day's output; a worker's batch, maps
// and remembered labels; its dictionaries and what its share of a day takes, by the row group it reads.
constexpr int64_t kFixed = 64 * kMiB;
constexpr int64_t kLeastWorker = 16 * kMiB;
constexpr int64_t kWorker = 8 * kMiB;
constexpr int64_t kPerRowGroupByte = 2;

}  // namespace

arrow::Result<MemoryLimit> MemoryLimit::Make(std::optional<int64_t> asked_bytes, std::string spill_folder,
                                             MemoryOf of) {
  const int64_t bytes = std::min(asked_bytes.value_or(kDefaultMemoryBytes), AvailableMemoryBytes());
  if (of == MemoryOf::kProcess && bytes < kLeast) {
    return UsageError("{} MiB of memory are too little: the least is {} MiB (--memory-limit{})", bytes / kMiB,
                      kLeast / kMiB,
                      asked_bytes && *asked_bytes == bytes ? "" : "; the machine or its container has less");
  }
  if (spill_folder.empty()) {
    const char* folder = std::getenv("TMPDIR");
    spill_folder = folder != nullptr && *folder != '\0' ? folder : "/tmp";
  } else if (std::error_code error;
             !std::filesystem::is_directory(spill_folder, error) || access(spill_folder.c_str(), W_OK) != 0) {
    return UsageError("--spill-dir {}: is not a folder that can be written", spill_folder);
  }
  return MemoryLimit(bytes, std::move(spill_folder), of);
}

int MemoryLimit::Threads(int threads, int64_t row_group_bytes) const {
  const int64_t worker = std::max(kLeastWorker, kWorker + kPerRowGroupByte * row_group_bytes);
  return static_cast<int>(std::clamp<int64_t>((bytes_ - kFixed) / worker, 1, threads));
}

int64_t MemoryLimit::LabelMemoBytes(int threads, int64_t row_group_bytes) const {
  const int64_t beside_row_groups = bytes_ / 8 * 3 - threads * kPerRowGroupByte * row_group_bytes;
  return std::clamp<int64_t>(std::min(bytes_ / 8, beside_row_groups / 2) / threads, kMiB, 8 * kMiB);
}

bool MemoryLimit::Near(int64_t state_bytes, int64_t needed_bytes) const {
  if (of_ == MemoryOf::kState) return state_bytes + needed_bytes > bytes_ / 2;  // the rest is for batches
  return ResidentBytes() - *aside_bytes_ + needed_bytes > bytes_ - bytes_ / 6;
}

void MemoryLimit::ReleaseFree() { malloc_trim(0); }

void MemoryLimit::Release() {
  ReleaseFree();
  ReleaseLibraryPages();
}

}  // namespace costream
