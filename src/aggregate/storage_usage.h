// The storage groups of one day and the nodes that their pods ran on, as far as one worker has seen them: a
// partial aggregation, merged in any order.
//
// Not thread-safe. Ids are of texts().
#pragma once

#include <array>
#include <span>

#include "aggregate/group_table.h"
#include "aggregate/value.h"
#include "base/fixed_sum.h"
#include "base/generation.h"
#include "base/string_pool.h"

namespace costream {

// One claim of one pod.
struct StorageGroup {
  // namespace, pod, claim, volume, storage class, volume handle, volume label set, claim label set
  std::array<uint32_t, 8> key{};
  double claim_bytes = kNoValue;
  std::array<ByteSum, 3> sums;  // claim capacity, volume request, claim usage; byte-seconds
  uint8_t seen = 0;             // bit i: sums[i] has a value
};

// A claimed pod on a node (spec: "volume nodes").
struct Mount {
  std::array<uint32_t, 3> key{};  // namespace, pod, node
  StringPool::Id resource_id = StringPool::kNull;
};

class StorageUsage {
 public:
  StringPool::Id Intern(std::string_view text) { return texts_.Intern(text); }
  uint64_t generation() const { return generation_; }  // of the ids
  void InternAll(std::span<const std::string_view> texts, StringPool::Id* ids) {
    texts_.InternAll(texts, ids);
  }
  // The group of the key, and whether it is new.
  std::pair<StorageGroup*, bool> At(const std::array<uint32_t, 8>& key);
  // Adds a group, its ids being of texts(). False where a sum left its range.
  [[nodiscard]] bool AddGroup(const StorageGroup& group);
  void AddMount(const std::array<uint32_t, 3>& key, StringPool::Id resource_id);
  // False where a sum left its range.
  [[nodiscard]] bool MergeFrom(StorageUsage&& other);

  // Forgets everything and begins a new generation.
  void Clear();
  int64_t bytes() const { return texts_.bytes() + groups_.bytes() + mounts_.bytes(); }

  const StringPool& texts() const { return texts_; }
  const Segments<StorageGroup>& groups() const { return groups_.groups(); }
  const Segments<Mount>& mounts() const { return mounts_.groups(); }

 private:
  uint64_t generation_ = NextGeneration();
  StringPool texts_;
  GroupTable<StorageGroup> groups_;
  GroupTable<Mount> mounts_;
};

}  // namespace costream
