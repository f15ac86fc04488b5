// Sorts records by the bytes of their keys, of which there may be more than memory holds: sorted runs of them
// go to disk and are merged.
//
// Add*, Finish, Next*. Not thread-safe.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string_view>
#include <vector>

#include "merge/spill_file.h"

namespace costream {

class RecordSort {
 public:
  // Holds up to so many bytes of records in memory.
  RecordSort(SpillSpace* space, size_t bytes);
  ~RecordSort();

  // Usage error where the disk does not take what is spilled.
  arrow::Status Add(std::string_view key, std::string_view value);
  arrow::Status Finish();
  // Goes to the next record; false at the end. Records of equal keys come together.
  arrow::Result<bool> Next();
  // Of the record at hand, until the next call.
  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }

 private:
  class Source;
  class Run;
  class InMemory;
  struct Entry {
    uint64_t prefix;     // the first bytes of the key, as a number of the same order
    const char* record;  // Header, key, value
  };
  struct Header {
    uint32_t key, value;  // sizes
  };

  char* Allocate(size_t size);
  void SortEntries();
  arrow::Status Spill();
  arrow::Status Advance(Source* source);
  static bool After(const Source* a, const Source* b);

  SpillSpace& space_;
  const size_t most_bytes_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t used_ = 0, block_size_ = 0;  // of the last block
  size_t bytes_ = 0;                  // of all blocks
  std::vector<Entry> entries_;
  std::unique_ptr<SpillFile> file_;  // of all runs
  std::vector<int64_t> run_ends_;    // in the file
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<Source*> heap_;     // those that have a record; the least on top
  Source* to_advance_ = nullptr;  // its record has been given
  std::string_view key_, value_;
};

}  // namespace costream
