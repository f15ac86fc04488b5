#include "aggregate/storage_usage.h"

#include <utility>

namespace costream {

std::pair<StorageGroup*, bool> StorageUsage::At(const std::array<uint32_t, 8>& key) {
  const size_t before = groups_.groups().size();
  StorageGroup& group = groups_.At(key);
  return {&group, groups_.groups().size() > before};
}

bool StorageUsage::AddGroup(const StorageGroup& group) {
  StorageGroup& mine = groups_.At(group.key);
  mine.claim_bytes = MaxValue(mine.claim_bytes, group.claim_bytes);
  mine.seen |= group.seen;
  bool in_range = true;
  for (size_t i = 0; i < mine.sums.size(); ++i) in_range &= mine.sums[i].Add(group.sums[i]);
  return in_range;
}

void StorageUsage::AddMount(const std::array<uint32_t, 3>& key, StringPool::Id resource_id) {
  Mount& mount = mounts_.At(key);
  mount.resource_id = MaxText(texts_, mount.resource_id, resource_id);
}

void StorageUsage::Clear() {
  texts_ = StringPool();  // gives its memory back
  groups_.Clear();
  mounts_.Clear();
  generation_ = NextGeneration();
}

bool StorageUsage::MergeFrom(StorageUsage&& other) {
  if (groups().empty() && mounts().empty()) {
    std::swap(texts_, other.texts_);
    std::swap(groups_, other.groups_);
    std::swap(mounts_, other.mounts_);
    return true;
  }
  bool in_range = true;
  const auto to = [&](StringPool::Id id) { return id ? texts_.Intern(other.texts_.View(id)) : id; };
  for (const StorageGroup& group : other.groups()) {
    StorageGroup of_mine = group;
    for (uint32_t& part : of_mine.key) part = to(part);
    in_range &= AddGroup(of_mine);
  }
  for (const Mount& mount : other.mounts()) {
    AddMount({to(mount.key[0]), to(mount.key[1]), to(mount.key[2])}, to(mount.resource_id));
  }
  return in_range;
}

}  // namespace costream
