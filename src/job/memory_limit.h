// The one number that all memory of a run keeps to: the resident size of the process.
//
// What Arrow, our tables, queues and sinks hold is not counted one by one: the process itself is measured,
// allocator and libraries included, since that is what a container is killed for. Workers ask between
// batches.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <optional>

namespace costream {

class MemoryLimit {
 public:
  // The limit asked for, or 128 MiB; less where the machine or its control group allows less. Usage error
  // where that is too little to work.
  static arrow::Result<MemoryLimit> Make(std::optional<int64_t> asked_bytes);

  int64_t bytes() const { return bytes_; }
  // How many of `threads` workers fit.
  int Threads(int threads) const;
  // Remembered label texts of each of `threads` workers.
  int64_t LabelMemoBytes(int threads) const;
  // Whether state has to be given up now, so that what a day's output needs still fits.
  bool Near() const;
  // Gives free memory back to the machine.
  static void Release();

 private:
  explicit MemoryLimit(int64_t bytes) : bytes_(bytes) {}
  int64_t bytes_;
};

}  // namespace costream
