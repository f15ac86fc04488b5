#include "base/string_pool.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

namespace costream {
namespace {

constexpr size_t kFirstSlots = 64;
constexpr size_t kFirstBlock = size_t{4} << 10;
constexpr size_t kLargestBlock = size_t{256} << 10;

// Drawn once a process, so that nobody can choose texts that all fall into one slot. It decides no order.
uint64_t Seed() {
  static const uint64_t seed = [] {
    std::random_device device;
    return (uint64_t{device()} << 32) | device();
  }();
  return seed;
}

}  // namespace

StringPool::StringPool() { Clear(); }

void StringPool::Clear() {
  entries_.assign(1, Entry{});
  slots_.assign(kFirstSlots, kNull);
  last_ = kNull;
  blocks_.clear();
  block_used_ = block_size_ = 0;
  arena_bytes_ = 0;
}

uint32_t StringPool::Hash(std::string_view text) {
  static const uint64_t seed = Seed();
  return static_cast<uint32_t>(XXH3_64bits_withSeed(text.data(), text.size(), seed));
}

size_t StringPool::Slot(std::string_view text, uint32_t hash) const {
  const size_t mask = slots_.size() - 1;
  for (size_t slot = hash & mask;; slot = (slot + 1) & mask) {
    const Id id = slots_[slot];
    if (id == kNull || (entries_[id].hash == hash && entries_[id].text == text)) return slot;
  }
}

StringPool::Id StringPool::Find(std::string_view text) const { return slots_[Slot(text, Hash(text))]; }

StringPool::Id StringPool::Intern(std::string_view text) { return InternHashed(text, Hash(text)); }

StringPool::Id StringPool::InternHashed(std::string_view text, uint32_t hash) {
  const size_t slot = Slot(text, hash);
  if (slots_[slot] != kNull) return slots_[slot];
  const Id id = size();
  entries_.push_back({Store(text), hash, kNull});
  slots_[slot] = id;
  if (entries_.size() * 2 > slots_.size()) Grow();
  return id;
}

// Reports name their objects hour by hour in one order, new ones between the old: after a text comes most
// often itself, or the one that came after it the time before, which is found without a hash. Where that
// order ends, more and more texts are looked up together, so that their waits for memory are one.
void StringPool::InternAll(std::span<const std::string_view> texts, Id* ids) {
  constexpr size_t kMostTogether = 16;
  std::array<uint32_t, kMostTogether> hashes;
  size_t together = 1;
  for (size_t i = 0; i < texts.size();) {
    if (last_ != kNull && entries_[last_].text == texts[i]) {
      ids[i++] = last_;
      continue;
    }
    const Id next = entries_[last_].after;
    if (next != kNull && entries_[next].text == texts[i]) {
      ids[i++] = last_ = next;
      together = 1;
      continue;
    }
    const size_t count = std::min(together, texts.size() - i);
    together = std::min(2 * together, kMostTogether);
    const size_t mask = slots_.size() - 1;
    for (size_t j = 0; j < count; ++j) {
      hashes[j] = Hash(texts[i + j]);
      __builtin_prefetch(&slots_[hashes[j] & mask]);
    }
    for (size_t j = 0; j < count; ++j) PrefetchId(slots_[hashes[j] & mask]);
    for (size_t j = 0; j < count; ++j) {
      if (const Id id = slots_[hashes[j] & mask]; id != kNull) PrefetchText(id);
    }
    for (size_t j = 0; j < count; ++j, ++i) {
      ids[i] = InternHashed(texts[i], hashes[j]);
      if (ids[i] != last_) entries_[last_].after = ids[i];
      last_ = ids[i];
    }
  }
}

std::string_view StringPool::Store(std::string_view text) {
  if (block_size_ - block_used_ < text.size() || blocks_.empty()) {
    block_size_ = std::max(text.size(), std::clamp(block_size_ * 2, kFirstBlock, kLargestBlock));
    blocks_.emplace_back(new char[block_size_]);
    block_used_ = 0;
    arena_bytes_ += static_cast<int64_t>(block_size_);
  }
  char* to = blocks_.back().get() + block_used_;
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  block_used_ += text.size();
  return {to, text.size()};
}

void StringPool::Grow() {
  slots_.assign(slots_.size() * 2, kNull);
  const size_t mask = slots_.size() - 1;
  for (Id id = 1; id < size(); ++id) {
    size_t slot = entries_[id].hash & mask;
    while (slots_[slot] != kNull) slot = (slot + 1) & mask;
    slots_[slot] = id;
  }
}

int64_t StringPool::bytes() const {
  return arena_bytes_ +
         static_cast<int64_t>(entries_.capacity() * sizeof(Entry) + slots_.capacity() * sizeof(Id));
}

int CompareNullLast(const StringPool& pool, StringPool::Id a, StringPool::Id b) {
  if (a == b) return 0;
  if (a == StringPool::kNull) return 1;
  if (b == StringPool::kNull) return -1;
  return pool.View(a).compare(pool.View(b)) < 0 ? -1 : 1;
}

StringPool::Id MaxText(const StringPool& pool, StringPool::Id a, StringPool::Id b) {
  if (a == b || b == StringPool::kNull) return a;
  if (a == StringPool::kNull) return b;
  return pool.View(a) < pool.View(b) ? b : a;
}

}  // namespace costream
