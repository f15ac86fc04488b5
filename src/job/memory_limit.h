// The one number that all memory of a run keeps to: the resident size of the process. Only in a process that
// is somebody else's, the state of days is counted instead.
//
// What Arrow, our tables, queues and sinks hold is not counted one by one: the process itself is measured,
// allocator and libraries included, since that is what a container is killed for. Workers ask between
// batches.
#pragma once

#include <arrow/result.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace costream {

// Where nothing is said.
inline constexpr int64_t kDefaultMemoryBytes = int64_t{128} << 20;

enum class MemoryOf { kProcess, kState };

class MemoryLimit {
 public:
  // The limit asked for, or 128 MiB; less where the machine or its control group allows less. Usage error
  // where that is too little to work, or `spill_folder` (empty: TMPDIR, else /tmp) cannot be written.
  static arrow::Result<MemoryLimit> Make(std::optional<int64_t> asked_bytes, std::string spill_folder = {},
                                         MemoryOf of = MemoryOf::kProcess);

  MemoryOf of() const { return of_; }
  int64_t bytes() const { return bytes_; }
  const std::string& spill_folder() const { return spill_folder_; }
  // How many of `threads` workers fit that read row groups of up to so many bytes, compressed.
  int Threads(int threads, int64_t row_group_bytes = 0) const;
  // Remembered label texts of each of `threads` workers, beside such row groups.
  int64_t LabelMemoBytes(int threads, int64_t row_group_bytes = 0) const;
  // What a day's storage may hold in memory at each place where it is sorted.
  size_t SortBytes() const { return static_cast<size_t>(bytes_ / 32); }
  // What a worker may hold of a day for itself, and a day of claimed pods.
  int64_t OwnBytes() const { return bytes_ / 32; }
  // Of the resident size, so much is not the run's.
  void SetAside(int64_t bytes) { *aside_bytes_ = bytes; }
  // Whether state, of which there is so much, has to be given up now, so that what a day's output needs still
  // fits: usually little, else `needed_bytes` more.
  bool Near(int64_t state_bytes = 0, int64_t needed_bytes = 0) const;
  // Gives free memory back to the machine.
  static void ReleaseFree();
  // The same, and library pages: those still needed come back one by one, which takes longer.
  static void Release();

 private:
  MemoryLimit(int64_t bytes, std::string spill_folder, MemoryOf of)
      : of_(of), bytes_(bytes), spill_folder_(std::move(spill_folder)) {}

  MemoryOf of_;
  int64_t bytes_;
  std::string spill_folder_;
  std::unique_ptr<std::atomic<int64_t>> aside_bytes_ = std::make_unique<std::atomic<int64_t>>(0);
};

}  // namespace costream
