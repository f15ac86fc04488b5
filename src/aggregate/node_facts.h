// What a day's pod rows tell of nodes: capacity per interval and the reported role. A partial aggregation of
// one worker, merged in any order.
//
// NodeNames is shared by the workers of a day and thread-safe; NodeFacts is not. Ids of nodes and roles are
// of NodeNames.
#pragma once

#include <array>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "aggregate/group_table.h"
#include "aggregate/value.h"
#include "base/fixed_sum.h"
#include "base/generation.h"
#include "base/string_pool.h"

namespace costream {

class NodeNames {
 public:
  uint64_t generation() const { return generation_; }  // of the ids
  void InternAll(std::span<const std::string_view> texts, StringPool::Id* ids) {
    const std::lock_guard lock(mutex_);
    pool_.InternAll(texts, ids);
  }
  StringPool::Id Intern(std::string_view text) {
    StringPool::Id id = StringPool::kNull;
    InternAll({&text, 1}, &id);
    return id;
  }
  StringPool::Id Greater(StringPool::Id a, StringPool::Id b) {
    const std::lock_guard lock(mutex_);
    return MaxText(pool_, a, b);
  }
  // REQUIRES: nobody interns.
  const StringPool& pool() const { return pool_; }

 private:
  std::mutex mutex_;
  const uint64_t generation_ = NextGeneration();
  StringPool pool_;
};

// One (interval, node): the greatest capacity reported, in core-seconds and byte-seconds.
struct CapacityCell {
  std::array<uint64_t, 2> key{};  // interval_start in microseconds, node
  double core_seconds = kNoValue;
  double byte_seconds = kNoValue;
};

// One group of the daily pod table, where capacity has to come from it: its rows are added up first.
struct DailyCapacityGroup {
  std::array<uint32_t, 4> key{};  // node; namespace, pod, raw pod_labels of the facts' own texts
  CpuSum core_seconds;
  ByteSum byte_seconds;
  bool any_cores = false, any_bytes = false;
};

class NodeFacts {
 public:
  explicit NodeFacts(NodeNames* names) : names_(*names) {}

  void AddCapacity(std::span<const uint32_t> nodes, std::span<const int64_t> times_micros,
                   const double* core_seconds, const double* byte_seconds);
  // Ids for AddDailyCapacity, nodes apart.
  uint64_t generation() const { return generation_; }  // of the ids
  void InternAll(std::span<const std::string_view> texts, StringPool::Id* ids) {
    texts_.InternAll(texts, ids);
  }
  // False where a sum left its range.
  [[nodiscard]] bool AddDailyCapacity(const std::array<uint32_t, 4>& key, double core_seconds,
                                      double byte_seconds);
  [[nodiscard]] bool AddDailyGroup(const DailyCapacityGroup& group);  // its ids are of this
  void AddRole(StringPool::Id node, StringPool::Id role) {
    if (role == StringPool::kNull) return;
    if (node >= roles_.size()) roles_.resize(node + 1);
    if (roles_[node] != role) roles_[node] = names_.Greater(roles_[node], role);
  }
  [[nodiscard]] bool MergeFrom(const NodeFacts& other);

  // The greatest role of the node; kNull where it reported none.
  StringPool::Id RoleOf(StringPool::Id node) const {
    return node < roles_.size() ? roles_[node] : StringPool::kNull;
  }
  const StringPool& texts() const { return texts_; }
  const Segments<CapacityCell>& capacity() const { return capacity_.groups(); }
  const Segments<DailyCapacityGroup>& daily_capacity() const { return daily_capacity_.groups(); }

 private:
  CapacityCell& CellOf(int64_t time_micros, StringPool::Id node);

  NodeNames& names_;
  const uint64_t generation_ = NextGeneration();
  StringPool texts_;
  std::vector<StringPool::Id> roles_;  // by node
  GroupTable<CapacityCell> capacity_;
  std::vector<CapacityCell*> last_cells_;  // by node: rows of one interval come together
  GroupTable<DailyCapacityGroup> daily_capacity_;
};

}  // namespace costream
