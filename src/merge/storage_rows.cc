#include "merge/storage_rows.h"

#include <algorithm>

#include "base/error.h"
#include "base/units.h"
#include "model/label_set.h"

namespace costream {
namespace {

using Id = StringPool::Id;

// Output groups before those with equal keys are merged.
struct StorageRow {
  std::array<Id, 7> key{};  // namespace, node, resource id, claim, volume, storage class, volume handle
  std::string labels;       // JSON
  double claim_bytes = kNoValue;
  std::array<ByteSum, 3> sums;
  uint8_t seen = 0;
  uint32_t node_count = 1;
};

struct VolumeNode {
  std::array<uint32_t, 2> key{};  // volume, node
};
struct VolumeNodes {
  std::array<uint32_t, 1> key{};  // volume
  uint32_t nodes = 0;
};

// The mounts of a pod, as ranges of a list sorted by (namespace, pod).
class MountIndex {
 public:
  explicit MountIndex(const StorageUsage& storage)
      : mounts_(storage.mounts().begin(), storage.mounts().end()) {
    std::sort(mounts_.begin(), mounts_.end(), [](const Mount& a, const Mount& b) { return a.key < b.key; });
  }
  std::span<const Mount> Of(const StorageGroup& group) const {
    if (!group.key[0] || !group.key[1] || !group.key[2]) return {};  // a null matches nothing
    const auto less = [](const Mount& a, const std::array<uint32_t, 2>& pod) {
      return std::array<uint32_t, 2>{a.key[0], a.key[1]} < pod;
    };
    const std::array<uint32_t, 2> pod = {group.key[0], group.key[1]};
    const auto first = std::lower_bound(mounts_.begin(), mounts_.end(), pod, less);
    auto last = first;
    while (last != mounts_.end() && last->key[0] == pod[0] && last->key[1] == pod[1]) ++last;
    return {first, last};
  }

 private:
  std::vector<Mount> mounts_;
};

GroupTable<VolumeNodes> CountNodes(const StorageUsage& storage, const MountIndex& mounts) {
  GroupTable<VolumeNode> pairs;
  GroupTable<VolumeNodes> counts;
  for (const StorageGroup& group : storage.groups()) {
    const Id volume = group.key[3];
    if (volume == StringPool::kNull) continue;
    for (const Mount& mount : mounts.Of(group)) {
      if (mount.key[2] == StringPool::kNull || pairs.Find({volume, mount.key[2]})) continue;
      pairs.At({volume, mount.key[2]});
      ++counts.At({volume}).nodes;
    }
  }
  return counts;
}

std::vector<StorageRow> JoinRows(const DayState& state) {
  const StorageUsage& storage = state.storage;
  const StringPool& texts = storage.texts();
  const MountIndex mounts(storage);
  const auto counts = CountNodes(storage, mounts);
  const auto labels_of = [&](DayLabels::Object kind, Id object) {
    return object ? state.labels.Of(kind, texts.View(object)) : std::string_view();
  };
  const Mount unmatched;
  std::vector<StorageRow> rows;
  rows.reserve(storage.groups().size());
  for (const StorageGroup& group : storage.groups()) {
    const auto matched = mounts.Of(group);
    const VolumeNodes* nodes = group.key[3] == StringPool::kNull ? nullptr : counts.Find({group.key[3]});
    for (const Mount& mount : matched.empty() ? std::span<const Mount>(&unmatched, 1) : matched) {
      StorageRow& row = rows.emplace_back();
      const Id node = mount.key[2];
      row.key = {group.key[0], node,         mount.resource_id, group.key[2],
                 group.key[3], group.key[4], group.key[5]};
      AppendMergedJson(
          std::array{labels_of(DayLabels::kNode, node), labels_of(DayLabels::kNamespace, group.key[0]),
                     texts.View(group.key[6]), texts.View(group.key[7])},
          &row.labels);
      row.claim_bytes = group.claim_bytes;
      row.sums = group.sums;
      row.seen = group.seen;
      row.node_count = nodes ? nodes->nodes : 1;
    }
  }
  return rows;
}

// Volume sets stand in key positions 6 and 7 of a StorageGroup; the handle in 5.
int Compare(const StringPool& pool, const StorageRow& a, const StorageRow& b) {
  for (size_t i = 0; i < a.key.size(); ++i) {
    if (const int order = CompareNullLast(pool, a.key[i], b.key[i])) return order;
  }
  return a.labels.compare(b.labels);
}

}  // namespace

arrow::Status AppendStorageRows(const DayState& state, const FinalizeOptions& options, RowBuilder* builder,
                                SummaryTotals* totals) {
  const StringPool& pool = state.storage.texts();
  std::vector<StorageRow> rows = JoinRows(state);
  std::sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) { return Compare(pool, a, b) < 0; });
  const double month_seconds = kSecondsPerDay * DaysIn(MonthOf(state.day));
  const auto text = [&](Id id) { return id ? std::optional<std::string_view>(pool.View(id)) : std::nullopt; };
  for (size_t i = 0; i < rows.size();) {
    StorageRow& row = rows[i];
    for (++i; i < rows.size() && Compare(pool, row, rows[i]) == 0; ++i) {
      row.claim_bytes = MaxValue(row.claim_bytes, rows[i].claim_bytes);
      row.seen |= rows[i].seen;
      for (size_t sum = 0; sum < row.sums.size(); ++sum) {
        if (!row.sums[sum].Add(rows[i].sums[sum])) {
          return InputError("{}: a storage sum leaves the range of the accumulators", FormatDay(state.day));
        }
      }
    }
    const auto gib_months = [&](int sum) {
      return row.seen & (1 << sum) ? row.sums[sum].ToDouble() / month_seconds / kBytesPerGiB : kNoValue;
    };
    SummaryRow out;
    out.kind = RowKind::kStorage;
    out.day = state.day;
    out.name_space = text(row.key[0]);
    out.node = text(row.key[1]);
    out.resource_id = text(row.key[2]);
    out.claim = text(row.key[3]);
    out.volume = text(row.key[4]);
    out.storage_class = text(row.key[5]);
    out.volume_handle = text(row.key[6]);
    out.all_labels = row.labels;
    out.has_volume_labels = true;
    if (out.name_space) out.cost_category_id = CategoryOf(options.cost_categories, *out.name_space);
    out.measures[kClaimGib] = (row.claim_bytes + 0.0) / kBytesPerGiB;  // -0 and 0 are one value
    out.measures[kClaimGibMonths] = gib_months(0);
    out.measures[kVolumeRequestGibMonths] = gib_months(1) / row.node_count;
    out.measures[kClaimUsageGibMonths] = gib_months(2) / row.node_count;
    if (!std::isnan(gib_months(0))) totals->claim_gib_months += gib_months(0);
    if (!std::isnan(gib_months(2))) totals->claim_used_gib_months += gib_months(2) / row.node_count;
    ARROW_RETURN_NOT_OK(builder->Append(out));
    ++totals->rows[static_cast<size_t>(RowKind::kStorage)];
  }
  return arrow::Status::OK();
}

}  // namespace costream
