#include "aggregate/pod_usage.h"

#include <algorithm>
#include <bit>

namespace costream {
namespace {

// Rows looked up at once: their groups stay in the first-level cache.
constexpr size_t kAtOnce = 64;

// Null adds nothing.
template <typename Sum>
bool AddValue(double value, unsigned bit, Sum* sum, unsigned* seen) {
  if (IsNull(value)) return true;
  *seen |= bit;
  return sum->Add(value);
}

bool AddRow(const PodColumns& columns, uint32_t row, PodSums* sums) {
  bool in_range = true;
  unsigned seen = sums->seen;  // not through the pointer to bytes, which may alias all else
  for (int i = 0; i < kPodMeasures; ++i) {
    in_range &= AddValue(columns.cpu[i][row], 1u << i, &sums->cpu[i], &seen);
    in_range &= AddValue(columns.memory[i][row], 16u << i, &sums->memory[i], &seen);
  }
  sums->seen = static_cast<uint8_t>(seen);
  sums->node_cores = MaxValue(sums->node_cores, columns.node_cores[row]);
  sums->node_bytes = MaxValue(sums->node_bytes, columns.node_bytes[row]);
  return in_range;
}

}  // namespace

bool PodSums::Merge(const PodSums& other) {
  bool in_range = true;
  for (int i = 0; i < kPodMeasures; ++i) {
    in_range &= cpu[i].Add(other.cpu[i]) && memory[i].Add(other.memory[i]);
  }
  node_cores = MaxValue(node_cores, other.node_cores);
  node_bytes = MaxValue(node_bytes, other.node_bytes);
  seen |= other.seen;
  return in_range;
}

PodUsage::PodUsage(int partitions) : shift_(64 - std::bit_width(static_cast<unsigned>(partitions) - 1)) {
  for (int i = 0; i < 1 << (64 - shift_); ++i) partitions_.push_back(std::make_unique<Partition>());
}

PodUsage::~PodUsage() = default;

void PodUsage::InternAll(std::span<const std::string_view> texts, StringPool::Id* ids) {
  const std::lock_guard lock(texts_mutex_);
  const int64_t before = texts_.bytes();
  texts_.InternAll(texts, ids);
  bytes_.fetch_add(texts_.bytes() - before, std::memory_order_relaxed);
}

bool PodUsage::Add(const PodColumns& columns, std::span<const uint32_t> rows, Scratch* scratch) {
  scratch->hashes.resize(rows.empty() ? 0 : rows.back() + 1);
  uint64_t* const hashes = scratch->hashes.data();
  for (const uint32_t row : rows) {
    hashes[row] =
        GroupTable<PodGroup>::Hash({columns.name_space[row], columns.node[row], columns.labels[row]});
  }
  scratch->last.resize(partitions_.size());
  uint32_t* const last = scratch->last.data();
  if (partitions_.size() == 1) return AddTo(partitions_[0].get(), columns, hashes, rows, last);
  std::vector<uint32_t> ends(partitions_.size());
  for (const uint32_t row : rows) ++ends[hashes[row] >> shift_];
  for (size_t i = 1; i < ends.size(); ++i) ends[i] += ends[i - 1];
  scratch->rows.resize(rows.size());
  std::vector<uint32_t> begins = ends;
  for (size_t i = rows.size(); i-- > 0;) scratch->rows[--begins[hashes[rows[i]] >> shift_]] = rows[i];
  bool in_range = true;
  for (size_t i = 0; i < ends.size(); ++i) {
    const std::span<const uint32_t> part(scratch->rows.data() + begins[i], ends[i] - begins[i]);
    if (!part.empty()) in_range &= AddTo(partitions_[i].get(), columns, hashes, part, &last[i]);
  }
  return in_range;
}

bool PodUsage::AddTo(Partition* partition, const PodColumns& columns, const uint64_t* hashes,
                     std::span<const uint32_t> rows, uint32_t* last) {
  const std::lock_guard lock(partition->mutex);
  GroupTable<PodGroup>& groups = partition->groups;
  const int64_t before = groups.bytes();
  std::array<PodGroup*, kAtOnce> found;
  bool in_range = true;
  for (size_t begin = 0; begin < rows.size(); begin += kAtOnce) {
    const auto some = rows.subspan(begin, std::min(kAtOnce, rows.size() - begin));
    for (size_t i = 0; i < some.size(); ++i) {
      const uint32_t row = some[i];
      found[i] =
          &groups.At({columns.name_space[row], columns.node[row], columns.labels[row]}, hashes[row], last);
      __builtin_prefetch(reinterpret_cast<const char*>(found[i]) + 64, 1);
      __builtin_prefetch(reinterpret_cast<const char*>(found[i]) + 128, 1);
    }
    for (size_t i = 0; i < some.size(); ++i) {
      const StringPool::Id resource = columns.resource_id[some[i]];
      if (resource != found[i]->resource_id) {
        const std::lock_guard texts_lock(texts_mutex_);
        found[i]->resource_id = MaxText(texts_, found[i]->resource_id, resource);
      }
      in_range &= AddRow(columns, some[i], &found[i]->sums);
    }
  }
  bytes_.fetch_add(groups.bytes() - before, std::memory_order_relaxed);
  return in_range;
}

bool PodUsage::AddGroup(const PodGroup& group) {
  const uint64_t hash = GroupTable<PodGroup>::Hash(group.key);
  Partition& partition = *partitions_[partitions_.size() == 1 ? 0 : hash >> shift_];
  const std::lock_guard lock(partition.mutex);
  const int64_t before = partition.groups.bytes();
  PodGroup& mine = partition.groups.At(group.key, hash);
  bytes_.fetch_add(partition.groups.bytes() - before, std::memory_order_relaxed);
  const std::lock_guard texts_lock(texts_mutex_);
  mine.resource_id = MaxText(texts_, mine.resource_id, group.resource_id);
  return mine.sums.Merge(group.sums);
}

size_t PodUsage::size() const {
  size_t groups = 0;
  for (const auto& partition : partitions_) groups += partition->groups.groups().size();
  return groups;
}

void PodUsage::Clear() {
  for (const auto& partition : partitions_) partition->groups.Clear();
  texts_ = StringPool();  // gives its memory back
  generation_ = NextGeneration();
  bytes_ = 0;
}

}  // namespace costream
