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
  Group& At(const Key& key, uint64_t hash) {
    const size_t slot = SlotOf(key, hash);
    if (slots_[slot].index != 0) return groups_[slots_[slot].index - 1];
    Group& group = groups_.Append();
    group.key = key;
    slots_[slot] = {static_cast<uint32_t>(groups_.size()), Tag(hash)};
    if (groups_.size() * 3 > slots_.size() * 2) Grow();
    return group;
  }

  // The same for keys that come in an order in which they have come before: `expected` is the index of the
  // group that comes next if so, first 0.
  Group& At(const Key& key, uint64_t hash, uint32_t* expected) {
    if (*expected < groups_.size() && Equal(groups_[*expected].key, key)) return groups_[(*expected)++];
    const uint32_t known = slots_[SlotOf(key, hash)].index;
    if (known == 0) return At(key, hash);  // a new group does not end the order of the old ones
    *expected = known;
    return groups_[known - 1];
  }

  const Group* Find(const Key& key) const {
    const uint32_t index = slots_[SlotOf(key, Hash(key))].index;
    return index == 0 ? nullptr : &groups_[index - 1];
  }

  const Segments<Group>& groups() const { return groups_; }
  Segments<Group>& groups() { return groups_; }
  int64_t bytes() const { return groups_.bytes() + static_cast<int64_t>(slots_.capacity() * sizeof(Slot)); }
  void Clear() {
    groups_.Clear();
    slots_ = std::vector<Slot>(16);
  }

 private:
  struct Slot {
    uint32_t index = 0;  // of the group, plus 1; 0 is free
    uint32_t tag = 0;    // of its hash
  };

  static uint32_t Tag(uint64_t hash) { return static_cast<uint32_t>(hash >> 24); }

  // As ==, which would call memcmp.
  static bool Equal(const Key& a, const Key& b) {
    bool equal = true;
    for (size_t i = 0; i < a.size(); ++i) equal &= a[i] == b[i];
    return equal;
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
};

}  // namespace costream
