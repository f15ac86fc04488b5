#include "merge/day_capacity.h"

namespace costream {
namespace {

struct NodeMaximum {
  std::array<uint32_t, 1> key{};
  CpuSum core_seconds;
  ByteSum byte_seconds;
  bool any_cores = false, any_bytes = false;
};

// Of a daily table: per node the greatest of its groups' sums, each group added up before.
GroupTable<NodeMaximum> GreatestGroups(const Segments<DailyCapacityGroup>& groups) {
  GroupTable<NodeMaximum> nodes;
  for (const DailyCapacityGroup& group : groups) {
    NodeMaximum& node = nodes.At({group.key[0]});
    if (group.any_cores &&
        (!node.any_cores || group.core_seconds.ToDouble() > node.core_seconds.ToDouble())) {
      node.core_seconds = group.core_seconds;
    }
    if (group.any_bytes &&
        (!node.any_bytes || group.byte_seconds.ToDouble() > node.byte_seconds.ToDouble())) {
      node.byte_seconds = group.byte_seconds;
    }
    node.any_cores |= group.any_cores;
    node.any_bytes |= group.any_bytes;
  }
  return nodes;
}

}  // namespace

DayCapacity ComputeCapacity(const NodeFacts& facts) {
  DayCapacity capacity;
  bool in_range = true;
  for (const CapacityCell& cell : facts.capacity()) {
    NodeCapacity& node = capacity.nodes.At({static_cast<uint32_t>(cell.key[1])});
    if (!std::isnan(cell.core_seconds)) in_range &= node.core_seconds.Add(cell.core_seconds);
    if (!std::isnan(cell.byte_seconds)) in_range &= node.byte_seconds.Add(cell.byte_seconds);
  }
  const auto maxima = GreatestGroups(facts.daily_capacity());
  for (const NodeMaximum& maximum : maxima.groups()) {
    NodeCapacity& node = capacity.nodes.At(maximum.key);
    in_range &= node.core_seconds.Add(maximum.core_seconds) && node.byte_seconds.Add(maximum.byte_seconds);
  }
  for (const NodeCapacity& node : capacity.nodes.groups()) {
    in_range &= capacity.cluster.core_seconds.Add(node.core_seconds) &&
                capacity.cluster.byte_seconds.Add(node.byte_seconds);
  }
  capacity.in_range = in_range;
  return capacity;
}

}  // namespace costream
