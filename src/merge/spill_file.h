// Where state goes that does not fit in memory: files without a name, which go with the process however that
// ends.
#pragma once

#include <arrow/result.h>

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

namespace costream {

// The folder of a run's spilled state, and how much it may hold over the whole run. Thread-safe.
class SpillSpace {
 public:
  explicit SpillSpace(std::string folder, int64_t limit_bytes = std::numeric_limits<int64_t>::max())
      : folder_(std::move(folder)), limit_bytes_(limit_bytes) {}

  const std::string& folder() const { return folder_; }
  // Written so far.
  int64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  // Usage error where that is more than the limit.
  arrow::Status Take(int64_t bytes);

 private:
  const std::string folder_;
  const int64_t limit_bytes_;
  std::atomic<int64_t> bytes_ = 0;
};

// Appended to, then read by SpillReaders. Not thread-safe.
class SpillFile {
 public:
  static arrow::Result<std::unique_ptr<SpillFile>> Make(SpillSpace* space);
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;
  ~SpillFile();

  // Usage error where the disk does not take it.
  arrow::Status Append(std::string_view bytes);
  // Writes what was appended.
  arrow::Status Flush();
  // Written.
  int64_t bytes() const { return bytes_; }

 private:
  friend class SpillReader;
  SpillFile(int file, SpillSpace* space) : file_(file), space_(*space) {}

  const int file_;
  SpillSpace& space_;
  int64_t bytes_ = 0;
  std::string buffer_;
};

// Reads a part of a SpillFile from begin to end.
class SpillReader {
 public:
  // Reads bytes [begin, end) of the file, which lives as long, `buffer_bytes` at a time.
  SpillReader(const SpillFile* file, int64_t begin, int64_t end, size_t buffer_bytes)
      : file_(*file), read_(begin), end_(end), buffer_bytes_(buffer_bytes) {}

  bool AtEnd() const { return read_ == end_ && next_ == buffer_.size(); }
  // The next `size` bytes, until the next call.
  arrow::Result<const char*> Peek(size_t size);
  void Skip(size_t size) { next_ += size; }

 private:
  const SpillFile& file_;
  int64_t read_;  // up to here
  const int64_t end_;
  const size_t buffer_bytes_;
  std::string buffer_;
  size_t next_ = 0;  // in the buffer
};

}  // namespace costream
