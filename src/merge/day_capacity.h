// Capacity of a day: the sum over intervals of each node's greatest report (spec: "Capacity").
#pragma once

#include "aggregate/node_facts.h"

namespace costream {

struct NodeCapacity {
  std::array<uint32_t, 1> key{};  // node
  CpuSum core_seconds;
  ByteSum byte_seconds;
};

struct DayCapacity {
  GroupTable<NodeCapacity> nodes;
  NodeCapacity cluster;
  bool in_range = true;

  NodeCapacity Of(StringPool::Id node) const {
    const NodeCapacity* found = nodes.Find({node});
    return found ? *found : NodeCapacity{};
  }
};

DayCapacity ComputeCapacity(const NodeFacts& facts);

}  // namespace costream
