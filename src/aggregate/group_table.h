// A hash table of groups: open addressing over 32-bit ids, groups kept in segments in order of arrival, so
// that a group stays where it is.
//
// Group is a struct with a member `key`, an array of uint32_t or uint64_t.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "aggregate/segments.h"

namespace costream {

template <typename Group>
class GroupTable {
 public:
  using Key = decltype(Group::key);

  GroupTable() { Clear(); }

  static uint64_t Hash(const Key& key) {
    uint64_t hash = 0x9E3779B97F4A7C15u;
    for (const auto part : key) {
      hash = (hash ^ part) * 0xD6E8FEB86659FD93u;
      hash ^= hash >> 32;
    }
    return hash;
  }

  // The group of the key; made with that key where there is none.
  Group& At(const Key& key) { return At(key, Hash(key)); }
  Group& At(const Key& key, uint64_t hash) { return groups_[IndexOf(key, hash)]; }

  // The same for keys that come in an order in which they have come before, or several such orders
  // interleaved: the group that came after the last one the time before is tried first, without a look at the
  // table. `last`: index of the last group of this order, first any.
  Group& At(const Key& key, uint64_t hash, uint32_t* last) {
    if (*last >= after_.size()) *last = 0;
    uint32_t index = after_.empty() ? kNone : after_[*last];
    if (index == kNone || !Equal(groups_[index].key, key)) {
      index = IndexOf(key, hash);
      after_.resize(groups_.size(), kNone);
      after_[*last] = index;
    }
    *last = index;
    return groups_[index];
  }

  const Group* Find(const Key& key) const {
    const uint32_t index = slots_[SlotOf(key, Hash(key))].index;
    return index == 0 ? nullptr : &groups_[index - 1];
  }

  const Segments<Group>& groups() const { return groups_; }
  Segments<Group>& groups() { return groups_; }
  int64_t bytes() const {
    return groups_.bytes() +
           static_cast<int64_t>(slots_.capacity() * sizeof(Slot) + after_.capacity() * sizeof(uint32_t));
  }
  void Clear() {
    groups_.Clear();
    after_ = std::vector<uint32_t>();
    slots_ = std::vector<Slot>(16);
  }

 private:
  struct Slot {
    uint32_t index = 0;  // of the group, plus 1; 0 is free
    uint32_t tag = 0;    // of its hash
  };

  static constexpr uint32_t kNone = ~uint32_t{0};

  static uint32_t Tag(uint64_t hash) { return static_cast<uint32_t>(hash >> 24); }

  // As ==, which would call memcmp.
  static bool Equal(const Key& a, const Key& b) {
    bool equal = true;
    for (size_t i = 0; i < a.size(); ++i) equal &= a[i] == b[i];
    return equal;
  }

  uint32_t IndexOf(const Key& key, uint64_t hash) {
    const size_t slot = SlotOf(key, hash);
    if (slots_[slot].index != 0) return slots_[slot].index - 1;
    groups_.Append().key = key;
    const auto index = static_cast<uint32_t>(groups_.size() - 1);
    slots_[slot] = {index + 1, Tag(hash)};
    if (groups_.size() * 3 > slots_.size() * 2) Grow();
    return index;
  }

  size_t SlotOf(const Key& key, uint64_t hash) const {
    const size_t mask = slots_.size() - 1;
    size_t slot = hash & mask;
    while (slots_[slot].index != 0 &&
           !(slots_[slot].tag == Tag(hash) && Equal(groups_[slots_[slot].index - 1].key, key))) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  void Grow() {
    slots_ = std::vector<Slot>(slots_.size() * 2);
    const size_t mask = slots_.size() - 1;
    for (size_t i = 0; i < groups_.size(); ++i) {
      const uint64_t hash = Hash(groups_[i].key);
      size_t slot = hash & mask;
      while (slots_[slot].index != 0) slot = (slot + 1) & mask;
      slots_[slot] = {static_cast<uint32_t>(i + 1), Tag(hash)};
    }
  }

  Segments<Group> groups_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> after_;  // by group that was asked for in an order: which came after it; or kNone
};

}  // namespace costream
