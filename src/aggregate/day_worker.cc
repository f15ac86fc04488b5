#include "aggregate/day_worker.h"

#include "base/error.h"
#include "base/units.h"

namespace costream {

DayWorker::DayWorker(DayState* state) : state_(*state), nodes_(&state->names) {}

template <typename Owner>
const DayWorker::Ids& DayWorker::Map(const Run& run, TextField field, Owner* owner, TextIds* to) {
  const auto intern = [&](std::span<const std::string_view> texts, uint32_t* ids) {
    owner->InternAll(texts, ids);
    return arrow::Status::OK();
  };
  // Interning does not fail.
  (void)to->map.Map(run.batch.DictionaryOf(field), run.CodesOf(field), owner->generation(),
                    /*null_is_text=*/false, intern, &to->ids);
  return to->ids;
}

template <typename Owner>
arrow::Status DayWorker::MapLabels(const Run& run, TextField field, Owner* owner, LabelMemo* memo,
                                   int64_t* bad_row) {
  TextIds& to = IdsOf(field);
  std::string_view bad;
  const auto parse = [&](std::span<const std::string_view> texts, uint32_t* ids) {
    return memo->Map(texts, owner, ids, &bad);
  };
  const auto status = to.map.Map(run.batch.DictionaryOf(field), run.CodesOf(field), owner->generation(),
                                 /*null_is_text=*/true, parse, &to.ids);
  if (status.ok()) return status;
  const auto codes = run.CodesOf(field);
  for (size_t i = 0; i < codes.size(); ++i) {
    if (run.batch.DictionaryOf(field).texts[codes[i]] != bad) continue;
    *bad_row = run.begin + static_cast<int64_t>(i);
    break;
  }
  return WithPlace(status, ErrorPlace().WithColumn(NameOf(field)));
}

void DayWorker::NoteHours(const Run& run) {
  int64_t last = std::numeric_limits<int64_t>::min();
  for (const int64_t time : run.times()) {
    if (time == last) continue;
    last = time;
    hours_seen_ |= 1u << ((time - state_.day * kMicrosPerDay) / kMicrosPerHour);
  }
}

arrow::Status DayWorker::AddPods(const UsageBatch& batch, int64_t begin, int64_t end, PodRoles roles,
                                 LabelMemo* memo, int64_t* bad_row) {
  const Run run{batch, begin, end};
  const std::shared_lock gate(state_.pods.gate());  // ids hold until the rows are added
  const bool hourly = batch.granularity == Granularity::kHourly;
  if (hourly) NoteHours(run);
  if (roles.mounts && !state_.claimed.empty()) AddMounts(run);
  if (!roles.usage && !roles.capacity) return arrow::Status::OK();
  const Ids& nodes = Map(run, TextField::kNode, &state_.names, &IdsOf(TextField::kNode));
  if (roles.capacity && hourly) {
    nodes_.AddCapacity(nodes, run.times(), run.ValuesOf(Measure::kNodeCoreSeconds),
                       run.ValuesOf(Measure::kNodeByteSeconds));
  }
  if (roles.capacity && !hourly) AddDailyCapacity(run, nodes);
  return roles.usage ? AddUsage(run, nodes, memo, bad_row) : arrow::Status::OK();
}

void DayWorker::AddTotals(const Run& run, const Ids& nodes) {
  const double* cpu = run.ValuesOf(Measure::kUsageCpu);
  const double* memory = run.ValuesOf(Measure::kUsageMemory);
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (!IsNull(cpu[i])) in_range_ &= totals_.cpu.Add(cpu[i]);
    if (!IsNull(memory[i])) in_range_ &= totals_.memory.Add(memory[i]);
  }
  rows_.clear();
  for (uint32_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i] != StringPool::kNull && nodes[i] != state_.empty_node) {
      rows_.push_back(i);
      continue;
    }
    ++totals_.rows_left_out;
    if (!IsNull(cpu[i])) in_range_ &= totals_.cpu_left_out.Add(cpu[i]);
    if (!IsNull(memory[i])) in_range_ &= totals_.memory_left_out.Add(memory[i]);
  }
  totals_.rows += static_cast<int64_t>(nodes.size());
}

const double* DayWorker::Effective(const Run& run, Measure effective, Measure usage, Measure request,
                                   std::vector<double>* values) const {
  const size_t rows = static_cast<size_t>(run.end - run.begin);
  const double *used = run.ValuesOf(usage), *requested = run.ValuesOf(request);
  const double* given = run.batch.columns.Has(effective) ? run.ValuesOf(effective) : nullptr;
  values->resize(rows);
  for (size_t i = 0; i < rows; ++i) {
    (*values)[i] = EffectiveValue(given ? given[i] : kNoValue, used[i], requested[i]);
  }
  return values->data();
}

arrow::Status DayWorker::AddUsage(const Run& run, const Ids& nodes, LabelMemo* memo, int64_t* bad_row) {
  PodUsage& pods = state_.pods;
  AddTotals(run, nodes);
  ARROW_RETURN_NOT_OK(MapLabels(run, TextField::kPodLabels, &pods, memo, bad_row));
  const Ids& roles = Map(run, TextField::kNodeRole, &state_.names, &IdsOf(TextField::kNodeRole));
  for (const uint32_t row : rows_) nodes_.AddRole(nodes[row], roles[row]);
  PodColumns columns;
  columns.node = nodes.data();
  columns.labels = IdsOf(TextField::kPodLabels).ids.data();
  columns.name_space = Map(run, TextField::kNamespace, &pods, &IdsOf(TextField::kNamespace)).data();
  columns.resource_id = Map(run, TextField::kResourceId, &pods, &IdsOf(TextField::kResourceId)).data();
  columns.cpu = {
      run.ValuesOf(Measure::kUsageCpu), run.ValuesOf(Measure::kRequestCpu), run.ValuesOf(Measure::kLimitCpu),
      Effective(run, Measure::kEffectiveCpu, Measure::kUsageCpu, Measure::kRequestCpu, &effective_cpu_)};
  columns.memory = {run.ValuesOf(Measure::kUsageMemory), run.ValuesOf(Measure::kRequestMemory),
                    run.ValuesOf(Measure::kLimitMemory),
                    Effective(run, Measure::kEffectiveMemory, Measure::kUsageMemory, Measure::kRequestMemory,
                              &effective_memory_)};
  columns.node_cores = run.ValuesOf(Measure::kNodeCores);
  columns.node_bytes = run.ValuesOf(Measure::kNodeBytes);
  in_range_ &= pods.Add(columns, rows_, &scratch_);
  return arrow::Status::OK();
}

void DayWorker::AddDailyCapacity(const Run& run, const Ids& nodes) {
  const Ids& namespaces = Map(run, TextField::kNamespace, &nodes_, &capacity_namespaces_);
  const Ids& pods = Map(run, TextField::kPod, &nodes_, &capacity_pods_);
  const Ids& labels = Map(run, TextField::kPodLabels, &nodes_, &capacity_labels_);  // by text, not by set
  const double* cores = run.ValuesOf(Measure::kNodeCoreSeconds);
  const double* bytes = run.ValuesOf(Measure::kNodeByteSeconds);
  for (size_t i = 0; i < nodes.size(); ++i) {
    in_range_ &= nodes_.AddDailyCapacity({nodes[i], namespaces[i], pods[i], labels[i]}, cores[i], bytes[i]);
  }
}

void DayWorker::AddMounts(const Run& run) {
  struct Finder {  // finds ids as others intern them
    const StringPool& texts;
    uint64_t of;
    uint64_t generation() const { return of; }
    void InternAll(std::span<const std::string_view> wanted, uint32_t* ids) const {
      for (size_t i = 0; i < wanted.size(); ++i) ids[i] = texts.Find(wanted[i]);
    }
  };
  Finder claimed{state_.claimed.texts(), state_.claimed.generation()};
  const Ids& namespaces = Map(run, TextField::kNamespace, &claimed, &claimed_namespaces_);
  const Ids& pods = Map(run, TextField::kPod, &claimed, &claimed_pods_);
  for (size_t i = 0; i < pods.size(); ++i) {
    const bool named = run.CodesOf(TextField::kNamespace)[i] != StringPool::kNull &&
                       run.CodesOf(TextField::kPod)[i] != StringPool::kNull;
    if (!named) continue;
    if (!state_.claimed.takes_all() && !state_.claimed.Contains(namespaces[i], pods[i])) continue;
    const auto id = [&](TextField field) {
      const uint32_t code = run.CodesOf(field)[i];
      return code == StringPool::kNull ? StringPool::kNull
                                       : storage_.Intern(run.batch.DictionaryOf(field).texts[code]);
    };
    storage_.AddMount({id(TextField::kNamespace), id(TextField::kPod), id(TextField::kNode)},
                      id(TextField::kResourceId));
  }
}

arrow::Status DayWorker::AddStorage(const UsageBatch& batch, int64_t begin, int64_t end, LabelMemo* memo,
                                    int64_t* bad_row) {
  const Run run{batch, begin, end};
  ARROW_RETURN_NOT_OK(MapLabels(run, TextField::kVolumeLabels, &storage_, memo, bad_row));
  ARROW_RETURN_NOT_OK(MapLabels(run, TextField::kClaimLabels, &storage_, memo, bad_row));
  constexpr std::array kFields = {
      TextField::kNamespace,    TextField::kPod,          TextField::kClaim,        TextField::kVolume,
      TextField::kStorageClass, TextField::kVolumeHandle, TextField::kVolumeLabels, TextField::kClaimLabels};
  for (size_t i = 0; i < 6; ++i) Map(run, kFields[i], &storage_, &IdsOf(kFields[i]));
  const std::array<const double*, 3> measures = {run.ValuesOf(Measure::kClaimByteSeconds),
                                                 run.ValuesOf(Measure::kVolumeRequest),
                                                 run.ValuesOf(Measure::kClaimUsage)};
  const double* claim_bytes = run.ValuesOf(Measure::kClaimBytes);
  for (int64_t row = 0; row < end - begin; ++row) {
    std::array<uint32_t, kFields.size()> key;
    for (size_t i = 0; i < key.size(); ++i) key[i] = IdsOf(kFields[i]).ids[row];
    const auto [group, added] = storage_.At(key);
    if (added && key[0] && key[1] && key[2]) {
      state_.claimed.Add(storage_.texts().View(key[0]), storage_.texts().View(key[1]));
    }
    group->claim_bytes = MaxValue(group->claim_bytes, claim_bytes[row]);
    for (size_t i = 0; i < measures.size(); ++i) {
      if (IsNull(measures[i][row])) continue;
      in_range_ &= group->sums[i].Add(measures[i][row]);
      group->seen |= static_cast<uint8_t>(1 << i);
    }
  }
  return arrow::Status::OK();
}

arrow::Status DayWorker::AddLabels(const UsageBatch& batch, int64_t begin, int64_t end, LabelMemo* memo,
                                   int64_t* bad_row) {
  const Run run{batch, begin, end};
  const bool nodes = batch.kind == ReportKind::kNodeLabels;
  const TextField object = nodes ? TextField::kNode : TextField::kNamespace;
  const TextField labels = nodes ? TextField::kNodeLabels : TextField::kNamespaceLabels;
  ARROW_RETURN_NOT_OK(MapLabels(run, labels, &state_.labels, memo, bad_row));
  state_.labels.Add(nodes ? DayLabels::kNode : DayLabels::kNamespace,
                    Map(run, object, &state_.labels, &IdsOf(object)), run.times(), IdsOf(labels).ids);
  return arrow::Status::OK();
}

void DayWorker::Finish() {
  const std::lock_guard lock(state_.mutex);
  state_.in_range &= in_range_;
  state_.in_range &= state_.nodes.MergeFrom(nodes_);
  state_.in_range &= state_.storage.MergeFrom(std::move(storage_));
  state_.in_range &= state_.totals.Merge(totals_);
  state_.hours_seen |= hours_seen_;
}

}  // namespace costream
