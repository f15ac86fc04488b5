// The pod groups of one day: sums per (namespace, node, own filtered labels), shared by all workers.
//
// Groups lie in partitions by the hash of their key; a partition has a lock, taken once for the rows of a
// batch that fall into it. Ids of namespaces, label sets and resource ids are of texts() and end with an
// epoch: a worker holds gate() shared from looking up ids until the rows are added; Clear (after a spill)
// needs it alone.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string_view>
#include <vector>

#include "aggregate/group_table.h"
#include "aggregate/value.h"
#include "base/fixed_sum.h"
#include "base/generation.h"
#include "base/string_pool.h"

namespace costream {

// Measures of a pod group, in this order within cpu and memory.
enum PodMeasure : int { kUsage, kRequest, kLimit, kEffective };
inline constexpr int kPodMeasures = 4;

// Core-seconds and byte-seconds; capacities in cores and bytes.
struct PodSums {
  std::array<CpuSum, kPodMeasures> cpu;
  std::array<ByteSum, kPodMeasures> memory;
  double node_cores = kNoValue;
  double node_bytes = kNoValue;
  uint8_t seen = 0;  // bit i: cpu[i] has a value; bit 4 + i: memory[i]

  // False where a sum left its range.
  [[nodiscard]] bool Merge(const PodSums& other);
};

struct PodGroup {
  std::array<uint32_t, 3> key{};  // namespace, node (of the day's NodeNames), label set
  StringPool::Id resource_id = StringPool::kNull;
  PodSums sums;
};

// Rows of a batch as columns of ids and measures; effective usage filled in.
struct PodColumns {
  const uint32_t *name_space = nullptr, *node = nullptr, *labels = nullptr, *resource_id = nullptr;
  std::array<const double*, kPodMeasures> cpu{}, memory{};
  const double *node_cores = nullptr, *node_bytes = nullptr;
};

class PodUsage {
 public:
  // What a worker needs to add rows; reused between batches.
  struct Scratch {
    std::vector<uint64_t> hashes;
    std::vector<uint32_t> rows;  // by partition
    std::vector<uint32_t> last;  // by partition: the group of the last row
  };

  explicit PodUsage(int partitions);
  ~PodUsage();

  std::shared_mutex& gate() { return gate_; }
  uint64_t generation() const { return generation_; }
  void InternAll(std::span<const std::string_view> texts, StringPool::Id* ids);

  // Adds the rows of that number in the columns. False where a sum left its range. REQUIRES: gate held
  // shared.
  [[nodiscard]] bool Add(const PodColumns& columns, std::span<const uint32_t> rows, Scratch* scratch);

  // Adds a group, its ids being of this. False where a sum left its range. REQUIRES: gate held shared.
  [[nodiscard]] bool AddGroup(const PodGroup& group);

  // Calls visit(group) for every group. REQUIRES: nobody adds.
  template <typename Visit>
  void ForEach(Visit visit) const;
  const StringPool& texts() const { return texts_; }
  size_t size() const;
  // Of groups and texts; may be asked at any time.
  int64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  // Forgets all groups and texts and begins a new generation. REQUIRES: gate held alone.
  void Clear();

 private:
  struct Partition {
    std::mutex mutex;
    GroupTable<PodGroup> groups;
  };

  bool AddTo(Partition* partition, const PodColumns& columns, const uint64_t* hashes,
             std::span<const uint32_t> rows, uint32_t* last);

  const int shift_;  // hash >> shift_ is the partition
  std::vector<std::unique_ptr<Partition>> partitions_;
  std::mutex texts_mutex_;  // taken after a partition's
  StringPool texts_;
  std::shared_mutex gate_;
  uint64_t generation_ = NextGeneration();  // of the ids
  std::atomic<int64_t> bytes_ = 0;
};

template <typename Visit>
void PodUsage::ForEach(Visit visit) const {
  for (const auto& partition : partitions_) {
    for (const PodGroup& group : partition->groups.groups()) visit(group);
  }
}

}  // namespace costream
