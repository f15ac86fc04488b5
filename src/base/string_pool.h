// Interned byte strings: equal bytes, equal id. Ids are dense; 0 is null and is not the empty string.
//
// Not thread-safe; owners that are shared between threads guard theirs. Views stay valid until Clear or
// destruction.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace costream {

class StringPool {
 public:
  using Id = uint32_t;
  static constexpr Id kNull = 0;

  StringPool();

  Id Intern(std::string_view text);
  // ids[i] = Intern(texts[i]); fast where the texts come in orders in which they have come before.
  void InternAll(std::span<const std::string_view> texts, Id* ids);
  // The id of the text, or kNull where the pool does not hold it.
  Id Find(std::string_view text) const;
  // REQUIRES: id != kNull.
  std::string_view View(Id id) const { return entries_[id].text; }
  bool IsNull(Id id) const { return id == kNull; }
  // Asks for the memory of an id, then, once that has come, of its text.
  void PrefetchId(Id id) const { __builtin_prefetch(&entries_[id]); }
  void PrefetchText(Id id) const {
    __builtin_prefetch(entries_[id].text.data());
    __builtin_prefetch(entries_[id].text.data() + 64);
  }

  // One more than the largest id.
  uint32_t size() const { return static_cast<uint32_t>(entries_.size()); }
  // Bytes held.
  int64_t bytes() const;
  void Clear();

 private:
  struct Entry {
    std::string_view text;
    uint32_t hash = 0;
    Id after = kNull;  // that InternAll met after it; kNull if none
  };

  static uint32_t Hash(std::string_view text);
  size_t Slot(std::string_view text, uint32_t hash) const;
  Id InternHashed(std::string_view text, uint32_t hash);
  std::string_view Store(std::string_view text);
  void Grow();

  std::vector<Entry> entries_;
  std::vector<Id> slots_;  // open addressing; 0 is free
  std::vector<std::unique_ptr<char[]>> blocks_;
  Id last_ = kNull;  // that InternAll met
  size_t block_used_ = 0;
  size_t block_size_ = 0;
  int64_t arena_bytes_ = 0;
};

// -1, 0, 1: UTF-8 byte order, null last.
int CompareNullLast(const StringPool& pool, StringPool::Id a, StringPool::Id b);

// The greater of two texts by UTF-8 bytes, null ignored.
StringPool::Id MaxText(const StringPool& pool, StringPool::Id a, StringPool::Id b);

}  // namespace costream
