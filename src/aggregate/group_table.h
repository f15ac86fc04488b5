// A hash table of groups: open addressing over 32-bit ids, groups kept densely in order of arrival.
//
// Group is a struct with a member `key`, a trivially comparable array of uint32_t or uint64_t.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace costream {

template <typename Group>
class GroupTable {
 public:
  using Key = decltype(Group::key);

  GroupTable() : slots_(16, 0) {}

  // The group of the key; made with that key where there is none. The reference holds until the next call.
  Group& At(const Key& key) {
    size_t slot = SlotOf(key);
    if (slots_[slot] == 0) {
      groups_.emplace_back();
      groups_.back().key = key;
      slots_[slot] = static_cast<uint32_t>(groups_.size());
      if (groups_.size() * 2 > slots_.size()) Grow();
      return groups_.back();
    }
    return groups_[slots_[slot] - 1];
  }

  const Group* Find(const Key& key) const {
    const uint32_t index = slots_[SlotOf(key)];
    return index == 0 ? nullptr : &groups_[index - 1];
  }

  const std::vector<Group>& groups() const { return groups_; }
  std::vector<Group>& groups() { return groups_; }
  int64_t bytes() const {
    return static_cast<int64_t>(groups_.capacity() * sizeof(Group) + slots_.capacity() * 4);
  }

 private:
  static uint64_t Hash(const Key& key) {
    uint64_t hash = 0x9E3779B97F4A7C15u;
    for (const auto part : key) {
      hash = (hash ^ part) * 0xD6E8FEB86659FD93u;
      hash ^= hash >> 32;
    }
    return hash;
  }

  size_t SlotOf(const Key& key) const {
    const size_t mask = slots_.size() - 1;
    size_t slot = Hash(key) & mask;
    while (slots_[slot] != 0 && !(groups_[slots_[slot] - 1].key == key)) slot = (slot + 1) & mask;
    return slot;
  }

  void Grow() {
    slots_.assign(slots_.size() * 2, 0);
    const size_t mask = slots_.size() - 1;
    for (size_t i = 0; i < groups_.size(); ++i) {
      size_t slot = Hash(groups_[i].key) & mask;
      while (slots_[slot] != 0) slot = (slot + 1) & mask;
      slots_[slot] = static_cast<uint32_t>(i + 1);
    }
  }

  std::vector<Group> groups_;
  std::vector<uint32_t> slots_;  // index + 1; 0 is free
};

}  // namespace costream
