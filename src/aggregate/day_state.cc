#include "aggregate/day_state.h"

#include "base/error.h"
#include "base/units.h"

namespace costream {
namespace {

constexpr uint8_t Bit(int i) { return static_cast<uint8_t>(1u << i); }

bool IsNull(double value) { return std::isnan(value); }

// Of two label sets with the same time: a non-empty one, then the greater canonical JSON.
bool Beats(std::string_view a, std::string_view b) {
  if (a.empty() != b.empty()) return b.empty();
  return LabelJson(a) > LabelJson(b);
}

}  // namespace

template <typename Sum>
void DayState::AddTo(Sum* sum, double value, uint8_t bit, uint8_t* seen) {
  if (IsNull(value)) return;
  overflowed_ |= !sum->Add(value);
  *seen |= bit;
}

void DayState::BindMaps(const UsageBatch& batch) {
  for (size_t field = 0; field < kTextFields; ++field) {
    if (batch.columns.text.test(field)) maps_[field].Bind(*batch.dictionaries[field]);
  }
}

arrow::Result<StringPool::Id> DayState::MapLabels(TextField field, uint32_t code, LabelMemo* memo) {
  return MapOf(field).MapBy(code, [&](std::string_view text) -> arrow::Result<StringPool::Id> {
    const auto set = memo->Parse(text);
    if (!set.ok()) return WithContext(set.status(), fmt::format("column '{}'", NameOf(field)));
    return pool_.Intern(*set);
  });
}

void DayState::AddTotals(double cpu, double memory, bool left_out) {
  ++totals_.rows;
  totals_.rows_left_out += left_out;
  if (!IsNull(cpu)) {
    overflowed_ |= !totals_.cpu.Add(cpu);
    if (left_out) overflowed_ |= !totals_.cpu_left_out.Add(cpu);
  }
  if (!IsNull(memory)) {
    overflowed_ |= !totals_.memory.Add(memory);
    if (left_out) overflowed_ |= !totals_.memory_left_out.Add(memory);
  }
}

void DayState::AddUsage(const UsageBatch& batch, int64_t row, PodGroup* group) {
  const auto value = [&](Measure measure) { return batch.ValuesOf(measure)[row]; };
  const double cpu = value(Measure::kUsageCpu), cpu_request = value(Measure::kRequestCpu);
  const double memory = value(Measure::kUsageMemory), memory_request = value(Measure::kRequestMemory);
  double cpu_effective = value(Measure::kEffectiveCpu), memory_effective = value(Measure::kEffectiveMemory);
  if (IsNull(cpu_effective)) cpu_effective = MaxValue(cpu, cpu_request);
  if (IsNull(memory_effective)) memory_effective = MaxValue(memory, memory_request);
  AddTo(&group->cpu[kUsage], cpu, Bit(0), &group->seen);
  AddTo(&group->cpu[kRequest], cpu_request, Bit(1), &group->seen);
  AddTo(&group->cpu[kLimit], value(Measure::kLimitCpu), Bit(2), &group->seen);
  AddTo(&group->cpu[kEffective], cpu_effective, Bit(3), &group->seen);
  AddTo(&group->memory[kUsage], memory, Bit(4), &group->seen);
  AddTo(&group->memory[kRequest], memory_request, Bit(5), &group->seen);
  AddTo(&group->memory[kLimit], value(Measure::kLimitMemory), Bit(6), &group->seen);
  AddTo(&group->memory[kEffective], memory_effective, Bit(7), &group->seen);
  group->node_cores = MaxValue(group->node_cores, value(Measure::kNodeCores));
  group->node_bytes = MaxValue(group->node_bytes, value(Measure::kNodeBytes));
}

arrow::Status DayState::AddPods(const UsageBatch& batch, int64_t begin, int64_t end, PodRoles roles,
                                LabelMemo* memo, int64_t* bad_row) {
  BindMaps(batch);
  if (batch.granularity == Granularity::kHourly) {
    for (int64_t row = begin; row < end; ++row) {
      hours_seen_ |= 1u << ((batch.time_micros[row] - day_ * kMicrosPerDay) / kMicrosPerHour);
    }
  }
  if (roles.capacity && batch.granularity == Granularity::kHourly) AddCapacity(batch, begin, end);
  if (roles.capacity && batch.granularity == Granularity::kDaily) AddDailyCapacity(batch, begin, end);
  if (roles.mounts && claimed_ && !claimed_->empty()) AddMounts(batch, begin, end);
  if (!roles.usage) return arrow::Status::OK();
  const StringPool::Id empty = pool_.Intern("");
  for (int64_t row = begin; row < end; ++row) {
    const StringPool::Id node = MapOf(TextField::kNode).Map(batch.CodesOf(TextField::kNode)[row], &pool_);
    const bool left_out = node == StringPool::kNull || node == empty;
    AddTotals(batch.ValuesOf(Measure::kUsageCpu)[row], batch.ValuesOf(Measure::kUsageMemory)[row], left_out);
    const auto labels = MapLabels(TextField::kPodLabels, batch.CodesOf(TextField::kPodLabels)[row], memo);
    if (!labels.ok()) {
      *bad_row = row;
      return labels.status();
    }
    if (left_out) continue;
    const StringPool::Id role =
        MapOf(TextField::kNodeRole).Map(batch.CodesOf(TextField::kNodeRole)[row], &pool_);
    if (role != StringPool::kNull) {
      NodeReport& report = node_reports_.At({node});
      report.role = MaxText(pool_, report.role, role);
    }
    const StringPool::Id name_space =
        MapOf(TextField::kNamespace).Map(batch.CodesOf(TextField::kNamespace)[row], &pool_);
    PodGroup& group = pods_.At({name_space, node, *labels});
    const StringPool::Id resource =
        MapOf(TextField::kResourceId).Map(batch.CodesOf(TextField::kResourceId)[row], &pool_);
    if (resource != group.resource_id) group.resource_id = MaxText(pool_, group.resource_id, resource);
    AddUsage(batch, row, &group);
  }
  return arrow::Status::OK();
}

void DayState::AddCapacity(const UsageBatch& batch, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    const StringPool::Id node = MapOf(TextField::kNode).Map(batch.CodesOf(TextField::kNode)[row], &pool_);
    CapacityCell& cell = capacity_.At({static_cast<uint64_t>(batch.time_micros[row]), node});
    cell.core_seconds = MaxValue(cell.core_seconds, batch.ValuesOf(Measure::kNodeCoreSeconds)[row]);
    cell.byte_seconds = MaxValue(cell.byte_seconds, batch.ValuesOf(Measure::kNodeByteSeconds)[row]);
  }
}

void DayState::AddDailyCapacity(const UsageBatch& batch, int64_t begin, int64_t end) {
  CodeMap raw_labels;  // the group is by the text, not by the filtered set
  raw_labels.Bind(batch.DictionaryOf(TextField::kPodLabels));
  for (int64_t row = begin; row < end; ++row) {
    const auto id = [&](TextField field) { return MapOf(field).Map(batch.CodesOf(field)[row], &pool_); };
    DailyCapacityGroup& group =
        daily_capacity_.At({id(TextField::kNamespace), id(TextField::kNode), id(TextField::kPod),
                            raw_labels.Map(batch.CodesOf(TextField::kPodLabels)[row], &pool_)});
    const double cores = batch.ValuesOf(Measure::kNodeCoreSeconds)[row];
    const double bytes = batch.ValuesOf(Measure::kNodeByteSeconds)[row];
    if (!IsNull(cores)) overflowed_ |= !group.core_seconds.Add(cores);
    if (!IsNull(bytes)) overflowed_ |= !group.byte_seconds.Add(bytes);
    group.any_cores |= !IsNull(cores);
    group.any_bytes |= !IsNull(bytes);
  }
}

void DayState::AddMounts(const UsageBatch& batch, int64_t begin, int64_t end) {
  claimed_namespaces_.Bind(batch.DictionaryOf(TextField::kNamespace));
  claimed_pods_.Bind(batch.DictionaryOf(TextField::kPod));
  const auto find = [&](std::string_view text) -> arrow::Result<StringPool::Id> {
    return claimed_->texts().Find(text);
  };
  for (int64_t row = begin; row < end; ++row) {
    const uint32_t pod_code = batch.CodesOf(TextField::kPod)[row];
    const uint32_t namespace_code = batch.CodesOf(TextField::kNamespace)[row];
    if (pod_code == StringPool::kNull || namespace_code == StringPool::kNull) continue;
    if (!claimed_->Contains(*claimed_namespaces_.MapBy(namespace_code, find),
                            *claimed_pods_.MapBy(pod_code, find)))
      continue;
    const auto id = [&](TextField field) { return MapOf(field).Map(batch.CodesOf(field)[row], &pool_); };
    Mount& mount = mounts_.At({id(TextField::kNamespace), id(TextField::kPod), id(TextField::kNode)});
    mount.resource_id = MaxText(pool_, mount.resource_id, id(TextField::kResourceId));
  }
}

arrow::Status DayState::AddStorage(const UsageBatch& batch, int64_t begin, int64_t end, LabelMemo* memo,
                                   ClaimedPods* claimed, int64_t* bad_row) {
  BindMaps(batch);
  for (int64_t row = begin; row < end; ++row) {
    const auto id = [&](TextField field) { return MapOf(field).Map(batch.CodesOf(field)[row], &pool_); };
    *bad_row = row;
    ARROW_ASSIGN_OR_RAISE(
        const auto volume_set,
        MapLabels(TextField::kVolumeLabels, batch.CodesOf(TextField::kVolumeLabels)[row], memo));
    ARROW_ASSIGN_OR_RAISE(const auto claim_set, MapLabels(TextField::kClaimLabels,
                                                          batch.CodesOf(TextField::kClaimLabels)[row], memo));
    const uint32_t groups_before = static_cast<uint32_t>(storage_.groups().size());
    StorageGroup& group = storage_.At({id(TextField::kNamespace), id(TextField::kPod), id(TextField::kClaim),
                                       id(TextField::kVolume), id(TextField::kStorageClass),
                                       id(TextField::kVolumeHandle), volume_set, claim_set});
    if (storage_.groups().size() > groups_before && group.key[0] && group.key[1] && group.key[2]) {
      claimed->Add(pool_.View(group.key[0]), pool_.View(group.key[1]));
    }
    group.claim_bytes = MaxValue(group.claim_bytes, batch.ValuesOf(Measure::kClaimBytes)[row]);
    AddTo(&group.sums[0], batch.ValuesOf(Measure::kClaimByteSeconds)[row], Bit(0), &group.seen);
    AddTo(&group.sums[1], batch.ValuesOf(Measure::kVolumeRequest)[row], Bit(1), &group.seen);
    AddTo(&group.sums[2], batch.ValuesOf(Measure::kClaimUsage)[row], Bit(2), &group.seen);
  }
  return arrow::Status::OK();
}

void DayState::AddLatest(GroupTable<LatestLabels>* table, StringPool::Id object, int64_t time,
                         StringPool::Id set) {
  LatestLabels& latest = table->At({object});
  if (latest.set != StringPool::kNull && time == latest.time_micros && set == latest.set) return;
  const bool beats = latest.set == StringPool::kNull || time > latest.time_micros ||
                     (time == latest.time_micros && Beats(pool_.View(set), pool_.View(latest.set)));
  if (!beats) return;
  latest.time_micros = time;
  latest.set = set;
}

arrow::Status DayState::AddLabels(const UsageBatch& batch, int64_t begin, int64_t end, LabelMemo* memo,
                                  int64_t* bad_row) {
  BindMaps(batch);
  const bool nodes = batch.kind == ReportKind::kNodeLabels;
  const TextField object = nodes ? TextField::kNode : TextField::kNamespace;
  const TextField labels = nodes ? TextField::kNodeLabels : TextField::kNamespaceLabels;
  for (int64_t row = begin; row < end; ++row) {
    *bad_row = row;
    ARROW_ASSIGN_OR_RAISE(const auto set, MapLabels(labels, batch.CodesOf(labels)[row], memo));
    const StringPool::Id id = MapOf(object).Map(batch.CodesOf(object)[row], &pool_);
    if (id != StringPool::kNull)
      AddLatest(nodes ? &node_labels_ : &namespace_labels_, id, batch.time_micros[row], set);
  }
  return arrow::Status::OK();
}

StringPool::Id DayState::Translate(const StringPool& from, StringPool::Id id) {
  return id == StringPool::kNull ? id : pool_.Intern(from.View(id));
}

void DayState::MergeFrom(const DayState& other) {
  const auto to = [&](StringPool::Id id) { return Translate(other.pool_, id); };
  for (const PodGroup& group : other.pods_.groups()) {
    PodGroup& mine = pods_.At({to(group.key[0]), to(group.key[1]), to(group.key[2])});
    mine.resource_id = MaxText(pool_, mine.resource_id, to(group.resource_id));
    for (int i = 0; i < kPodMeasures; ++i) {
      overflowed_ |= !mine.cpu[i].Add(group.cpu[i]);
      overflowed_ |= !mine.memory[i].Add(group.memory[i]);
    }
    mine.seen |= group.seen;
    mine.node_cores = MaxValue(mine.node_cores, group.node_cores);
    mine.node_bytes = MaxValue(mine.node_bytes, group.node_bytes);
  }
  for (const CapacityCell& cell : other.capacity_.groups()) {
    CapacityCell& mine = capacity_.At({cell.key[0], to(static_cast<StringPool::Id>(cell.key[1]))});
    mine.core_seconds = MaxValue(mine.core_seconds, cell.core_seconds);
    mine.byte_seconds = MaxValue(mine.byte_seconds, cell.byte_seconds);
  }
  for (const DailyCapacityGroup& group : other.daily_capacity_.groups()) {
    DailyCapacityGroup& mine =
        daily_capacity_.At({to(group.key[0]), to(group.key[1]), to(group.key[2]), to(group.key[3])});
    overflowed_ |= !mine.core_seconds.Add(group.core_seconds);
    overflowed_ |= !mine.byte_seconds.Add(group.byte_seconds);
    mine.any_cores |= group.any_cores;
    mine.any_bytes |= group.any_bytes;
  }
  for (const StorageGroup& group : other.storage_.groups()) {
    auto key = group.key;
    for (uint32_t& part : key) part = to(part);
    StorageGroup& mine = storage_.At(key);
    mine.claim_bytes = MaxValue(mine.claim_bytes, group.claim_bytes);
    for (size_t i = 0; i < mine.sums.size(); ++i) overflowed_ |= !mine.sums[i].Add(group.sums[i]);
    mine.seen |= group.seen;
  }
  for (const Mount& mount : other.mounts_.groups()) {
    Mount& mine = mounts_.At({to(mount.key[0]), to(mount.key[1]), to(mount.key[2])});
    mine.resource_id = MaxText(pool_, mine.resource_id, to(mount.resource_id));
  }
  for (const LatestLabels& latest : other.node_labels_.groups()) {
    AddLatest(&node_labels_, to(latest.key[0]), latest.time_micros, to(latest.set));
  }
  for (const LatestLabels& latest : other.namespace_labels_.groups()) {
    AddLatest(&namespace_labels_, to(latest.key[0]), latest.time_micros, to(latest.set));
  }
  for (const NodeReport& report : other.node_reports_.groups()) {
    NodeReport& mine = node_reports_.At({to(report.key[0])});
    mine.role = MaxText(pool_, mine.role, to(report.role));
  }
  overflowed_ |= other.overflowed_;
  overflowed_ |= !totals_.cpu.Add(other.totals_.cpu);
  overflowed_ |= !totals_.cpu_left_out.Add(other.totals_.cpu_left_out);
  overflowed_ |= !totals_.memory.Add(other.totals_.memory);
  overflowed_ |= !totals_.memory_left_out.Add(other.totals_.memory_left_out);
  totals_.rows += other.totals_.rows;
  totals_.rows_left_out += other.totals_.rows_left_out;
  hours_seen_ |= other.hours_seen_;
}

int64_t DayState::bytes() const {
  return pool_.bytes() + pods_.bytes() + capacity_.bytes() + daily_capacity_.bytes() + storage_.bytes() +
         mounts_.bytes() + node_labels_.bytes() + namespace_labels_.bytes() + node_reports_.bytes();
}

}  // namespace costream
