#include "job/explain.h"

#include <algorithm>

#include "base/error.h"
#include "job/explained_labels.h"
#include "job/explained_rows.h"
#include "job/explained_storage.h"
#include "job/pipeline.h"
#include "merge/day_capacity.h"
#include "merge/hours.h"
#include "model/like.h"

namespace costream {
namespace {

constexpr size_t kNamesShown = 5;

class Explainer {
 public:
  Explainer(const PlannedRun& planned, const ExplainQuestion& question, Explanation* explanation)
      : plan_(planned.plan),
        reference_(planned.reference),
        question_(question),
        explanation_(*explanation),
        labels_(planned.reference),
        claims_(&question, &labels_),
        node_id_(names_.Intern(question.node.value_or(""))) {
    for (const ExplainedRow& row : explanation->rows) {
      all_namespaces_ |= row.kind == RowKind::kUnallocated;
    }
  }

  arrow::Status Run() {
    for (const Unit& unit : plan_.units) ARROW_RETURN_NOT_OK(Read(unit));  // pods after labels
    if (explanation_.rows.empty()) return Unknown();
    if (question_.node) TellCapacity();
    MatchRows();
    ARROW_RETURN_NOT_OK(claims_.Explain(&explanation_));
    std::erase_if(explanation_.files, [](const auto& item) {
      const ExplainedFile& file = item.second;
      return file.usage.rows + file.capacity_rows + file.anomalous_rows + file.without_node.rows +
                 file.claim_rows + file.claim_rows_without_node ==
             0;
    });
    TellLabels();
    TellCategories();
    return in_range_ ? arrow::Status::OK()
                     : MakeError(ErrorKind::kInternal, "a sum of the inputs leaves the accumulators' range");
  }

 private:
  // The pods of one namespace with one set of own labels.
  struct Group {
    InputRows input;
    std::string merged;  // labels
  };
  using GroupKey = std::pair<std::optional<std::string>, LabelSet>;

  arrow::Status Read(const Unit& unit) {
    ExplainedFile& file = explanation_.files[unit.file->name()];
    file.table = {unit.kind, unit.granularity};
    ARROW_ASSIGN_OR_RAISE(const auto reader,
                          unit.open({unit.columns, question_.day, question_.day, kLargestBatchRows,
                                     unit.columns_of_day, unit.first_day}));
    UsageBatch batch;
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const bool more, reader->Next(&batch));
      if (!more) break;
      const arrow::Status added = unit.kind == ReportKind::kPod       ? AddPods(unit, batch, &file)
                                  : unit.kind == ReportKind::kStorage ? AddStorage(unit, batch)
                                                                      : AddLabels(unit, batch);
      ARROW_RETURN_NOT_OK(WithContext(added, unit.file->name()));
    }
    file.anomalous_rows += reader->counts().rows_anomalous;
    return arrow::Status::OK();
  }

  static int TableOf(const Unit& unit) { return unit.granularity == Granularity::kHourly ? 0 : 1; }

  arrow::Status AddStorage(const Unit& unit, const UsageBatch& batch) {
    if (!plan_.RolesOf(question_.day).storage[TableOf(unit)]) return arrow::Status::OK();
    return claims_.AddStorage(batch, unit.file->name());
  }

  arrow::Status AddPods(const Unit& unit, const UsageBatch& batch, ExplainedFile* file) {
    const DayRoles& roles = plan_.RolesOf(question_.day);
    const int table = TableOf(unit);
    if (roles.pod_mounts[table]) claims_.AddPods(batch);
    if (!roles.pod_usage[table] && !roles.pod_capacity[table]) return arrow::Status::OK();
    for (int64_t row = 0; row < batch.rows; ++row) {
      const TextCell node = CellAt(batch, TextField::kNode, row);
      if (node && node == question_.node && roles.pod_capacity[table]) {
        ++file->capacity_rows;
        AddCapacity(unit, batch, row);
      }
      if (!roles.pod_usage[table]) continue;
      if (!node || node->empty()) {
        if (question_.Asks(CellAt(batch, TextField::kNamespace, row)))
          AddUsage(batch, row, &file->without_node);
      } else if (node == question_.node) {
        ARROW_RETURN_NOT_OK(AddPod(batch, row, file));
      } else if (nodes_seen_.size() < kNamesShown) {
        nodes_seen_.insert(std::string(*node));
      }
    }
    return arrow::Status::OK();
  }

  arrow::Status AddPod(const UsageBatch& batch, int64_t row, ExplainedFile* file) {
    const TextCell name_space = CellAt(batch, TextField::kNamespace, row);
    ARROW_ASSIGN_OR_RAISE(const LabelSet* labels, Labels(CellAt(batch, TextField::kPodLabels, row)));
    Group& group = groups_[{Owned(name_space), *labels}];
    AddUsage(batch, row, &group.input);
    if (all_namespaces_ || question_.Asks(name_space)) AddUsage(batch, row, &file->usage);
    return arrow::Status::OK();
  }

  void AddUsage(const UsageBatch& batch, int64_t row, InputRows* to) {
    const auto value = [&](Measure measure) {
      return batch.columns.Has(measure) ? batch.ValuesOf(measure)[row] : kNoValue;
    };
    using enum Measure;
    const double cpu[] = {value(kUsageCpu), value(kRequestCpu), value(kLimitCpu),
                          EffectiveValue(value(kEffectiveCpu), value(kUsageCpu), value(kRequestCpu))};
    const double memory[] = {
        value(kUsageMemory), value(kRequestMemory), value(kLimitMemory),
        EffectiveValue(value(kEffectiveMemory), value(kUsageMemory), value(kRequestMemory))};
    ++to->rows;
    for (int i = 0; i < kPodMeasures; ++i) {
      if (!IsNull(cpu[i])) {
        in_range_ &= to->sums.cpu[i].Add(cpu[i]);
        to->sums.seen |= static_cast<uint8_t>(1 << i);
      }
      if (!IsNull(memory[i])) {
        in_range_ &= to->sums.memory[i].Add(memory[i]);
        to->sums.seen |= static_cast<uint8_t>(16 << i);
      }
    }
  }

  void AddCapacity(const Unit& unit, const UsageBatch& batch, int64_t row) {
    const double cores = batch.ValuesOf(Measure::kNodeCoreSeconds)[row];
    const double bytes = batch.ValuesOf(Measure::kNodeByteSeconds)[row];
    if (unit.granularity == Granularity::kHourly) {
      capacity_.AddCapacity({&node_id_, 1}, {&batch.time_micros[row], 1}, &cores, &bytes);
      return;
    }
    const auto id = [&](TextField field) {
      const TextCell text = CellAt(batch, field, row);
      StringPool::Id found = StringPool::kNull;
      if (text) capacity_.InternAll({&*text, 1}, &found);
      return found;
    };
    in_range_ &= capacity_.AddDailyCapacity(
        {node_id_, id(TextField::kNamespace), id(TextField::kPod), id(TextField::kPodLabels)}, cores, bytes);
  }

  arrow::Status AddLabels(const Unit& unit, const UsageBatch& batch) {
    const bool of_node = unit.kind == ReportKind::kNodeLabels;
    const DayLabels::Object kind = of_node ? DayLabels::kNode : DayLabels::kNamespace;
    for (int64_t row = 0; row < batch.rows; ++row) {
      const TextCell object = CellAt(batch, of_node ? TextField::kNode : TextField::kNamespace, row);
      if (!object || (of_node && *object != question_.node) ||
          (!of_node && !all_namespaces_ && !question_.Asks(object)))
        continue;
      ARROW_ASSIGN_OR_RAISE(
          const LabelSet* labels,
          Labels(CellAt(batch, of_node ? TextField::kNodeLabels : TextField::kNamespaceLabels, row)));
      labels_.Add(kind, *object, *labels, batch.time_micros[row], unit.file->name());
    }
    return arrow::Status::OK();
  }

  // The filtered set of a cell that shows in the rows.
  arrow::Result<const LabelSet*> Labels(const TextCell& text) {
    ARROW_ASSIGN_OR_RAISE(const auto* parsed, labels_.Parse(text));
    explanation_.disabled_keys.insert(parsed->other_keys.begin(), parsed->other_keys.end());
    return &parsed->set;
  }

  arrow::Status Unknown() const {
    if (!question_.node) {
      return UsageError("no Storage row without a node on {}; name a node with --node",
                        FormatDay(question_.day));
    }
    std::set<std::string> names = nodes_seen_;
    if (!groups_.empty() && question_.name_space) {
      names.clear();
      for (const auto& [key, group] : groups_) {
        if (key.first && names.size() < kNamesShown) names.insert(*key.first);
      }
      return UsageError("--namespace {}: node {} has no row of it on {}; it has rows of {}",
                        *question_.name_space, *question_.node, FormatDay(question_.day),
                        fmt::to_string(fmt::join(names, ", ")));
    }
    return UsageError("--node {}: no row of it on {}; that day has {}", *question_.node,
                      FormatDay(question_.day),
                      names.empty() ? "no other node" : fmt::format("{}", fmt::join(names, ", ")));
  }

  void TellCapacity() {
    const DayRoles& roles = plan_.RolesOf(question_.day);
    const NodeCapacity total = ComputeCapacity(capacity_).Of(node_id_);
    explanation_.capacity_core_hours = CpuHours(total.core_seconds);
    explanation_.capacity_gib_hours = GibHours(total.byte_seconds);
    if (!capacity_.daily_capacity().empty()) {
      explanation_.capacity_from = Granularity::kDaily;
      explanation_.capacity.push_back(
          {question_.day * kMicrosPerDay, total.core_seconds.ToDouble(), total.byte_seconds.ToDouble()});
      return;
    }
    if (!roles.pod_capacity[0]) return;
    explanation_.capacity_from = Granularity::kHourly;
    std::array<bool, 24> there{};
    for (const CapacityCell& cell : capacity_.capacity()) {
      const auto time = static_cast<int64_t>(cell.key[0]);
      explanation_.capacity.push_back({time, cell.core_seconds, cell.byte_seconds});
      there[(time - question_.day * kMicrosPerDay) / kMicrosPerHour] = true;
    }
    std::ranges::sort(explanation_.capacity, {}, &CapacityInterval::time_micros);
    for (int hour = 0; hour < 24; ++hour) {
      if (!there[hour]) explanation_.hours_without_capacity.push_back(hour);
    }
  }

  // Sets each output row beside the groups that have its namespace and merged labels.
  void MatchRows() {
    const std::string_view of_node = labels_.Of(DayLabels::kNode, question_.node);
    std::map<std::pair<std::optional<std::string>, std::string>, std::vector<const GroupKey*>> groups_of_row;
    InputRows all, taken;
    for (auto& [key, group] : groups_) {
      const std::array<std::string_view, 3> sets = {of_node, labels_.Of(DayLabels::kNamespace, key.first),
                                                    key.second};
      AppendMergedJson(sets, &group.merged);
      groups_of_row[{key.first, group.merged}].push_back(&key);
      if (question_.Asks(key.first)) Add(group.input, &all);
      if (TakesFromNode(key.first)) Add(group.input, &taken);
    }
    explanation_.pod_input = all.Hours();
    explanation_.pod_input_rows = all.rows;
    explanation_.pod_output.fill(kNoValue);
    for (ExplainedRow& row : explanation_.rows) {
      if (row.kind == RowKind::kStorage) continue;
      if (row.kind == RowKind::kUnallocated) {
        row.input_rows = taken.rows;
        row.from_input = Unallocated(taken.sums);
      } else {
        InputRows input;
        for (const GroupKey* key : groups_of_row[{row.name_space, row.labels}]) {
          Add(groups_[*key].input, &input);
          AddLabelKeys(
              std::array<LabelLevel, 3>{{{"node", of_node},
                                         {"namespace", labels_.Of(DayLabels::kNamespace, key->first)},
                                         {"pod", key->second}}},
              &row.label_keys);
        }
        row.input_rows = input.rows;
        row.from_input = input.Hours();
        for (int i = 0; i < kPodHours; ++i) {
          double& total = explanation_.pod_output[i];
          if (!IsNull(row.measures[i])) total = IsNull(total) ? row.measures[i] : total + row.measures[i];
        }
      }
      row.equal = Same(row.measures[kNodeCpuHours], explanation_.capacity_core_hours) &&
                  Same(row.measures[kNodeGibHours], explanation_.capacity_gib_hours);
      for (int i = 0; i < kPodHours; ++i) row.equal &= Same(row.measures[i], row.from_input[i]);
    }
  }

  void Add(const InputRows& rows, InputRows* to) {
    to->rows += rows.rows;
    in_range_ &= to->sums.Merge(rows.sums);
  }

  // The capacity less what pods take of it; limits are null.
  PodHours Unallocated(const PodSums& taken) {
    PodSums left;
    const NodeCapacity capacity = ComputeCapacity(capacity_).Of(node_id_);
    for (const int i : {kUsage, kRequest, kEffective}) {
      left.cpu[i] = capacity.core_seconds;
      left.memory[i] = capacity.byte_seconds;
      in_range_ &= left.cpu[i].Subtract(taken.cpu[i]) && left.memory[i].Subtract(taken.memory[i]);
      left.seen |= static_cast<uint8_t>(taken.seen & ((1 << i) | (16 << i)));
    }
    return HoursOf(left);
  }

  void TellLabels() {
    if (question_.node) explanation_.node_labels = labels_.Sets(DayLabels::kNode, *question_.node);
    for (const ExplainedRow& row : explanation_.rows) {
      if (row.kind == RowKind::kUnallocated || !row.name_space) continue;
      auto sets = labels_.Sets(DayLabels::kNamespace, *row.name_space);
      if (!sets.empty()) explanation_.namespace_labels[*row.name_space] = std::move(sets);
    }
  }

  void TellCategories() {
    if (!reference_.cost_categories) return;
    for (const ExplainedRow& row : explanation_.rows) {
      if (!row.name_space || explanation_.categories.contains(*row.name_space)) continue;
      for (const CostCategory& category : *reference_.cost_categories) {
        if (!LikeMatches(category.pattern, *row.name_space)) continue;
        explanation_.categories[*row.name_space].push_back(
            {category.pattern, category.id, category.id == row.cost_category_id});
      }
    }
  }

  const Plan& plan_;
  const ReferenceData& reference_;
  const ExplainQuestion& question_;
  Explanation& explanation_;
  ExplainedLabels labels_;
  ExplainedClaims claims_;
  NodeNames names_;
  const StringPool::Id node_id_;
  NodeFacts capacity_{&names_};
  bool all_namespaces_ = false;  // the Unallocated row is asked for: all pods of the node matter
  bool in_range_ = true;
  std::map<GroupKey, Group> groups_;
  std::set<std::string> nodes_seen_;  // others, some
};

}  // namespace

arrow::Result<Explanation> Explain(const RunOptions& options, const ExplainQuestion& question) {
  RunOptions day = options;
  day.month.reset();
  day.start = day.end = question.day;
  Explanation explanation;
  ARROW_ASSIGN_OR_RAISE(const PlannedRun planned, PlanRun(day));
  ExplainedRowsSink sink(&question, &explanation.rows);
  ARROW_ASSIGN_OR_RAISE(const RunResult result, RunPlanned(day, planned, &sink));
  explanation.source = planned.plan.identity.source;
  explanation.superseded = planned.plan.superseded;
  explanation.unread = planned.plan.unread;
  explanation.notes = result.notes;
  explanation.warnings = result.warnings;
  ARROW_RETURN_NOT_OK(Explainer(planned, question, &explanation).Run());
  return explanation;
}

}  // namespace costream
