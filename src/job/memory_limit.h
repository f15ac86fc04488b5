// The one number that all memory of a run keeps to: the resident size of the process.
//
// What Arrow, our tables, queues and sinks hold is not counted one by one: the process itself is measured,
// allocator and libraries included, since that is what a container is killed for. Workers ask between
// batches.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <optional>
#include <string>

namespace costream {

// Where nothing is said.
inline constexpr int64_t kDefaultMemoryBytes = int64_t{128} << 20;

class MemoryLimit {
 public:
  // The limit asked for, or 128 MiB; less where the machine or its control group allows less. Usage error
  // where that is too little to work, or `spill_folder` (empty: TMPDIR, else /tmp) cannot be written.
  static arrow::Result<MemoryLimit> Make(std::optional<int64_t> asked_bytes, std::string spill_folder = {});

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
  // Whether state has to be given up now, so that what a day's output needs still fits: usually little, else
  // `needed_bytes` more.
  bool Near(int64_t needed_bytes = 0) const;
  // Gives free memory, and library pages that were needed once, back to the machine.
  static void Release();

 private:
  MemoryLimit(int64_t bytes, std::string spill_folder)
      : bytes_(bytes), spill_folder_(std::move(spill_folder)) {}

  int64_t bytes_;
  std::string spill_folder_;
};

}  // namespace costream
