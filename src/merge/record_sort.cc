#include "merge/record_sort.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace costream {
namespace {

constexpr size_t kBlock = size_t{64} << 10;
constexpr size_t kMergeBytes = size_t{2} << 20;  // buffers of all runs together
constexpr size_t kLeastBuffer = size_t{4} << 10;

uint64_t PrefixOf(std::string_view key) {
  uint64_t prefix = 0;
  std::memcpy(&prefix, key.data(), std::min(key.size(), sizeof prefix));
  return std::endian::native == std::endian::little ? __builtin_bswap64(prefix) : prefix;
}

}  // namespace

// Records in order.
class RecordSort::Source {
 public:
  virtual ~Source() = default;
  virtual arrow::Result<bool> Next() = 0;
  std::string_view key, value;

 protected:
  void Set(const char* record, Header sizes) {
    key = {record + sizeof(Header), sizes.key};
    value = {key.data() + key.size(), sizes.value};
  }
};

class RecordSort::Run : public Source {
 public:
  explicit Run(SpillReader reader) : reader_(std::move(reader)) {}

  arrow::Result<bool> Next() override {
    reader_.Skip(size_);
    size_ = 0;
    if (reader_.AtEnd()) return false;
    Header sizes;
    ARROW_ASSIGN_OR_RAISE(const char* record, reader_.Peek(sizeof sizes));
    std::memcpy(&sizes, record, sizeof sizes);
    size_ = sizeof sizes + sizes.key + sizes.value;
    ARROW_ASSIGN_OR_RAISE(record, reader_.Peek(size_));
    Set(record, sizes);
    return true;
  }

 private:
  SpillReader reader_;
  size_t size_ = 0;  // of the record at hand
};

class RecordSort::InMemory : public Source {
 public:
  explicit InMemory(const std::vector<Entry>* entries) : entries_(*entries) {}

  arrow::Result<bool> Next() override {
    if (next_ == entries_.size()) return false;
    const char* record = entries_[next_++].record;
    Header sizes;
    std::memcpy(&sizes, record, sizeof sizes);
    Set(record, sizes);
    return true;
  }

 private:
  const std::vector<Entry>& entries_;
  size_t next_ = 0;
};

RecordSort::RecordSort(SpillSpace* space, size_t bytes) : space_(*space), most_bytes_(bytes) {}

RecordSort::~RecordSort() = default;

char* RecordSort::Allocate(size_t size) {
  if (block_size_ - used_ < size) {
    block_size_ = std::max(size, kBlock);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_size_));
    bytes_ += block_size_;
    used_ = 0;
  }
  used_ += size;
  return blocks_.back().get() + used_ - size;
}

arrow::Status RecordSort::Add(std::string_view key, std::string_view value) {
  const Header sizes = {static_cast<uint32_t>(key.size()), static_cast<uint32_t>(value.size())};
  const size_t size = sizeof sizes + key.size() + value.size();
  if (!entries_.empty() && bytes_ + entries_.capacity() * sizeof(Entry) + size > most_bytes_) {
    ARROW_RETURN_NOT_OK(Spill());
  }
  char* record = Allocate(size);
  entries_.push_back({PrefixOf(key), record});
  std::memcpy(record, &sizes, sizeof sizes);
  record += sizeof sizes;
  record = std::copy(key.begin(), key.end(), record);
  std::copy(value.begin(), value.end(), record);
  return arrow::Status::OK();
}

void RecordSort::SortEntries() {
  const auto key_of = [](const Entry& entry) {
    Header sizes;
    std::memcpy(&sizes, entry.record, sizeof sizes);
    return std::string_view(entry.record + sizeof sizes, sizes.key);
  };
  std::sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : key_of(a) < key_of(b);
  });
}

arrow::Status RecordSort::Spill() {
  SortEntries();
  if (!file_) {
    ARROW_ASSIGN_OR_RAISE(file_, SpillFile::Make(&space_));
  }
  InMemory records(&entries_);
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const bool more, records.Next());
    if (!more) break;
    const char* begin = records.key.data() - sizeof(Header);
    ARROW_RETURN_NOT_OK(file_->Append({begin, records.value.data() + records.value.size()}));
  }
  ARROW_RETURN_NOT_OK(file_->Flush());
  run_ends_.push_back(file_->bytes());
  entries_ = {};
  blocks_.clear();
  bytes_ = used_ = block_size_ = 0;
  return arrow::Status::OK();
}

arrow::Status RecordSort::Finish() {
  SortEntries();
  int64_t begin = 0;
  for (const int64_t end : run_ends_) {
    const size_t buffer = std::max(kLeastBuffer, kMergeBytes / run_ends_.size());
    sources_.push_back(std::make_unique<Run>(SpillReader(file_.get(), begin, end, buffer)));
    begin = end;
  }
  sources_.push_back(std::make_unique<InMemory>(&entries_));
  for (const auto& source : sources_) ARROW_RETURN_NOT_OK(Advance(source.get()));
  return arrow::Status::OK();
}

bool RecordSort::After(const Source* a, const Source* b) { return a->key > b->key; }

arrow::Status RecordSort::Advance(Source* source) {
  ARROW_ASSIGN_OR_RAISE(const bool more, source->Next());
  if (!more) return arrow::Status::OK();
  heap_.push_back(source);
  std::push_heap(heap_.begin(), heap_.end(), After);
  return arrow::Status::OK();
}

arrow::Result<bool> RecordSort::Next() {
  if (to_advance_) ARROW_RETURN_NOT_OK(Advance(to_advance_));
  to_advance_ = nullptr;
  if (heap_.empty()) return false;
  std::pop_heap(heap_.begin(), heap_.end(), After);
  to_advance_ = heap_.back();
  heap_.pop_back();
  key_ = to_advance_->key;
  value_ = to_advance_->value;
  return true;
}

}  // namespace costream
