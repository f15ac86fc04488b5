#include "merge/storage_rows.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/units.h"
#include "merge/finalize_day.h"
#include "merge/sort_key.h"
#include "model/label_set.h"

namespace costream {
namespace {

// What is added up.
struct Sums {
  std::array<ByteSum, 3> sums;
  double claim_bytes = kNoValue;
  uint32_t volume_nodes = 1;  // at least
  uint8_t seen = 0;

  [[nodiscard]] bool Merge(const Sums& other) {
    bool in_range = true;
    for (size_t i = 0; i < sums.size(); ++i) in_range &= sums[i].Add(other.sums[i]);
    claim_bytes = MaxValue(claim_bytes, other.claim_bytes);
    seen |= other.seen;
    return in_range;
  }
  std::string_view bytes() const { return {reinterpret_cast<const char*>(this), sizeof *this}; }
};
static_assert(std::is_trivially_copyable_v<Sums>);

template <typename T>
T From(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

// Records that stand under a volume.
constexpr char kNodeOfVolume = 0, kRowOfVolume = 1;

// Reads a sorted list of a day, those of one key as one.
class SummedGroups {
 public:
  SummedGroups(RecordSort* sorted, Day day) : sorted_(*sorted), day_(day) {}

  // False at the end. Input error where a sum left its range.
  arrow::Result<bool> Next() {
    if (!started_) {
      ARROW_ASSIGN_OR_RAISE(more_, sorted_.Next());
    }
    started_ = true;
    if (!more_) return false;
    key.assign(sorted_.key());
    sums = From<Sums>(sorted_.value());
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(more_, sorted_.Next());
      if (!more_ || sorted_.key() != key) return true;
      if (!sums.Merge(From<Sums>(sorted_.value()))) {
        return InputError("{}: a storage sum leaves the range of the accumulators", FormatDay(day_));
      }
    }
  }

  std::string key;
  Sums sums;

 private:
  RecordSort& sorted_;
  const Day day_;
  bool started_ = false, more_ = false;
};

// The mounts of one pod after another.
class PodMounts {
 public:
  struct Mount {
    std::string node, resource_id;  // fields
  };
  explicit PodMounts(RecordSort* sorted) : sorted_(*sorted) {}

  // Those of the pod, which comes in order. The greatest resource id stands for those of one node.
  arrow::Result<std::span<const Mount>> Of(std::string_view pod) {
    if (pod == pod_) return std::span<const Mount>(mounts_);
    pod_.assign(pod);
    mounts_.clear();
    if (!started_) ARROW_RETURN_NOT_OK(Next());
    started_ = true;
    while (more_ && sorted_.key().substr(0, size_) <= pod) {
      if (sorted_.key().substr(0, size_) == pod) Take(sorted_.key().substr(size_), sorted_.value());
      ARROW_RETURN_NOT_OK(Next());
    }
    return std::span<const Mount>(mounts_);
  }

 private:
  // Null is least here.
  static bool Greater(std::string_view a, std::string_view b) {
    return a.front() != kNullField && (b.front() == kNullField || a > b);
  }
  void Take(std::string_view node, std::string_view resource_id) {
    if (mounts_.empty() || mounts_.back().node != node) {
      mounts_.push_back({std::string(node), std::string(resource_id)});
    } else if (Greater(resource_id, mounts_.back().resource_id)) {
      mounts_.back().resource_id.assign(resource_id);
    }
  }
  arrow::Status Next() {
    ARROW_ASSIGN_OR_RAISE(more_, sorted_.Next());
    if (!more_) return arrow::Status::OK();
    std::string_view rest = sorted_.key();
    TakeField(&rest);
    TakeField(&rest);
    size_ = sorted_.key().size() - rest.size();
    return arrow::Status::OK();
  }

  RecordSort& sorted_;
  bool started_ = false, more_ = false;
  size_t size_ = 0;  // of namespace and pod in the key at hand
  std::string pod_;  // namespace and pod
  std::vector<Mount> mounts_;
};

}  // namespace

StorageRows::StorageRows(SpillSpace* space, size_t sort_bytes)
    : space_(*space),
      sort_bytes_(sort_bytes),
      groups_(std::make_unique<RecordSort>(space, sort_bytes)),
      mounts_(std::make_unique<RecordSort>(space, sort_bytes)) {}

arrow::Status StorageRows::Add(const StorageUsage& storage) {
  const StringPool& texts = storage.texts();
  const auto text = [&](StringPool::Id id) {
    return id ? std::optional<std::string_view>(texts.View(id)) : std::nullopt;
  };
  std::string key, value;
  for (const StorageGroup& group : storage.groups()) {
    key.clear();
    for (const StringPool::Id id : group.key) AppendField(text(id), &key);
    Sums sums;
    sums.sums = group.sums;
    sums.claim_bytes = group.claim_bytes;
    sums.seen = group.seen;
    ARROW_RETURN_NOT_OK(groups_->Add(key, sums.bytes()));
  }
  for (const Mount& mount : storage.mounts()) {
    key.clear();
    for (const StringPool::Id id : mount.key) AppendField(text(id), &key);
    value.clear();
    AppendField(text(mount.resource_id), &value);
    ARROW_RETURN_NOT_OK(mounts_->Add(key, value));
  }
  return arrow::Status::OK();
}

// groups_ and mounts_ -> by_volume_.
arrow::Status StorageRows::JoinMounts(const DayState& state) {
  ARROW_RETURN_NOT_OK(groups_->Finish());
  ARROW_RETURN_NOT_OK(mounts_->Finish());
  by_volume_ = std::make_unique<RecordSort>(&space_, sort_bytes_);
  const DayLabels& labels = state.labels;
  SummedGroups groups(groups_.get(), state.day);
  PodMounts mounts(mounts_.get());
  const PodMounts::Mount unmatched = {std::string(1, kNullField), std::string(1, kNullField)};
  std::string key, row, decoded_space, decoded_node, decoded_volume, decoded_claim;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const bool more, groups.Next());
    if (!more) break;
    std::array<std::string_view, 8> fields;  // as StorageGroup::key
    std::string_view rest = groups.key;
    for (std::string_view& field : fields) field = TakeField(&rest);
    const auto& [name_space, pod, claim, volume, storage_class, handle, volume_labels, claim_labels] = fields;
    const auto space_text = TextOfField(name_space, &decoded_space);
    std::span<const PodMounts::Mount> matched;
    // A null matches nothing.
    if (space_text && pod.front() != kNullField && claim.front() != kNullField) {
      const std::string_view of_pod(name_space.data(), name_space.size() + pod.size());
      ARROW_ASSIGN_OR_RAISE(matched, mounts.Of(of_pod));
    }
    for (const auto& mount : matched.empty() ? std::span(&unmatched, 1) : matched) {
      const auto node = TextOfField(mount.node, &decoded_node);
      if (node && volume.front() != kNullField) {
        key.assign(volume).append(1, kNodeOfVolume).append(mount.node);
        ARROW_RETURN_NOT_OK(by_volume_->Add(key, {}));
      }
      row.assign(groups.sums.bytes());
      row.append(name_space).append(mount.node).append(mount.resource_id);
      row.append(claim).append(volume).append(storage_class).append(handle);
      AppendMergedJson(
          std::array{node ? labels.Of(DayLabels::kNode, *node) : std::string_view(),
                     space_text ? labels.Of(DayLabels::kNamespace, *space_text) : std::string_view(),
                     TextOfField(volume_labels, &decoded_volume).value_or(""),
                     TextOfField(claim_labels, &decoded_claim).value_or("")},
          &row);
      key.assign(volume).append(1, kRowOfVolume);
      ARROW_RETURN_NOT_OK(by_volume_->Add(key, row));
    }
  }
  groups_.reset();
  mounts_.reset();
  return by_volume_->Finish();
}

// by_volume_ -> rows_: a row knows how many nodes its volume was on.
arrow::Status StorageRows::CountNodes() {
  rows_ = std::make_unique<RecordSort>(&space_, sort_bytes_);
  std::string volume, last;  // fields; the last record of a node
  uint32_t nodes = 0;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const bool more, by_volume_->Next());
    if (!more) break;
    std::string_view rest = by_volume_->key();
    const std::string_view field = TakeField(&rest);
    if (field != volume) {
      volume.assign(field);
      nodes = 0;
    }
    if (rest.front() == kNodeOfVolume) {
      if (by_volume_->key() == last) continue;
      last.assign(by_volume_->key());
      ++nodes;
      continue;
    }
    auto sums = From<Sums>(by_volume_->value());
    sums.volume_nodes = std::max(nodes, 1u);
    ARROW_RETURN_NOT_OK(rows_->Add(by_volume_->value().substr(sizeof sums), sums.bytes()));
  }
  by_volume_.reset();
  return rows_->Finish();
}

arrow::Status StorageRows::Write(const DayState& state, const FinalizeOptions& options, RowBuilder* builder,
                                 SummaryTotals* totals) {
  ARROW_RETURN_NOT_OK(JoinMounts(state));
  ARROW_RETURN_NOT_OK(CountNodes());
  const double month_seconds = kSecondsPerDay * DaysIn(MonthOf(state.day));
  std::array<std::string, 7> decoded;
  SummedGroups rows(rows_.get(), state.day);
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const bool more, rows.Next());
    if (!more) break;
    std::string_view rest = rows.key;
    std::array<std::optional<std::string_view>, 7> texts;
    for (size_t i = 0; i < texts.size(); ++i) texts[i] = TextOfField(TakeField(&rest), &decoded[i]);
    SummaryRow out;
    std::tie(out.name_space, out.node, out.resource_id, out.claim, out.volume, out.storage_class,
             out.volume_handle) = std::tuple_cat(texts);
    out.kind = RowKind::kStorage;
    out.day = state.day;
    out.all_labels = rest;
    out.has_volume_labels = true;
    if (out.name_space) out.cost_category_id = CategoryOf(options.cost_categories, *out.name_space);
    const auto gib_months = [&](int sum) {
      return rows.sums.seen & (1 << sum) ? rows.sums.sums[sum].ToDouble() / month_seconds / kBytesPerGiB
                                         : kNoValue;
    };
    const double nodes = rows.sums.volume_nodes;
    out.measures[kClaimGib] = (rows.sums.claim_bytes + 0.0) / kBytesPerGiB;  // -0 and 0 are one value
    out.measures[kClaimGibMonths] = gib_months(0);
    out.measures[kVolumeRequestGibMonths] = gib_months(1) / nodes;
    out.measures[kClaimUsageGibMonths] = gib_months(2) / nodes;
    if (!std::isnan(gib_months(0))) totals->claim_gib_months += gib_months(0);
    if (!std::isnan(gib_months(2))) totals->claim_used_gib_months += gib_months(2) / nodes;
    ARROW_RETURN_NOT_OK(builder->Append(out));
    ++totals->rows[static_cast<size_t>(RowKind::kStorage)];
  }
  rows_.reset();
  return arrow::Status::OK();
}

}  // namespace costream
