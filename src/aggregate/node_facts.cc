#include "aggregate/node_facts.h"

namespace costream {

CapacityCell& NodeFacts::CellOf(int64_t time_micros, StringPool::Id node) {
  if (node >= last_cells_.size()) last_cells_.resize(node + 1);
  CapacityCell*& last = last_cells_[node];
  const auto time = static_cast<uint64_t>(time_micros);
  if (last == nullptr || last->key[0] != time) last = &capacity_.At({time, node});
  return *last;
}

void NodeFacts::AddCapacity(std::span<const uint32_t> nodes, std::span<const int64_t> times_micros,
                            const double* core_seconds, const double* byte_seconds) {
  for (size_t i = 0; i < nodes.size(); ++i) {
    CapacityCell& cell = CellOf(times_micros[i], nodes[i]);
    cell.core_seconds = MaxValue(cell.core_seconds, core_seconds[i]);
    cell.byte_seconds = MaxValue(cell.byte_seconds, byte_seconds[i]);
  }
}

bool NodeFacts::AddDailyCapacity(const std::array<uint32_t, 4>& key, double core_seconds,
                                 double byte_seconds) {
  DailyCapacityGroup& group = daily_capacity_.At(key);
  group.any_cores |= !IsNull(core_seconds);
  group.any_bytes |= !IsNull(byte_seconds);
  return (IsNull(core_seconds) || group.core_seconds.Add(core_seconds)) &&
         (IsNull(byte_seconds) || group.byte_seconds.Add(byte_seconds));
}

bool NodeFacts::AddDailyGroup(const DailyCapacityGroup& group) {
  DailyCapacityGroup& mine = daily_capacity_.At(group.key);
  mine.any_cores |= group.any_cores;
  mine.any_bytes |= group.any_bytes;
  return mine.core_seconds.Add(group.core_seconds) && mine.byte_seconds.Add(group.byte_seconds);
}

bool NodeFacts::MergeFrom(const NodeFacts& other) {
  for (StringPool::Id node = 0; node < other.roles_.size(); ++node) AddRole(node, other.roles_[node]);
  for (const CapacityCell& cell : other.capacity()) {
    CapacityCell& mine = capacity_.At(cell.key);
    mine.core_seconds = MaxValue(mine.core_seconds, cell.core_seconds);
    mine.byte_seconds = MaxValue(mine.byte_seconds, cell.byte_seconds);
  }
  bool in_range = true;
  const auto to = [&](StringPool::Id id) { return id ? texts_.Intern(other.texts_.View(id)) : id; };
  for (const DailyCapacityGroup& group : other.daily_capacity()) {
    DailyCapacityGroup of_mine = group;
    of_mine.key = {group.key[0], to(group.key[1]), to(group.key[2]), to(group.key[3])};
    in_range &= AddDailyGroup(of_mine);
  }
  return in_range;
}

}  // namespace costream
