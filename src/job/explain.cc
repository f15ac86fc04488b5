#include "job/explain.h"

#include <arrow/array.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "aggregate/day_labels.h"
#include "base/error.h"
#include "job/pipeline.h"
#include "merge/day_capacity.h"
#include "merge/hours.h"
#include "model/labels.h"
#include "model/like.h"
#include "sink/columns.h"
#include "sink/day_file.h"

namespace costream {
namespace {

using Text = std::optional<std::string_view>;

// The summary's order of the four measures.
constexpr std::array<int, kPodMeasures> kOrder = {kUsage, kRequest, kEffective, kLimit};
constexpr size_t kNamesShown = 5;

PodHours HoursOf(const PodSums& sums) {
  PodHours hours;
  hours.fill(kNoValue);
  for (int i = 0; i < kPodMeasures; ++i) {
    if (sums.seen & (1 << kOrder[i])) hours[kPodUsageCpuHours + i] = CpuHours(sums.cpu[kOrder[i]]);
    if (sums.seen & (16 << kOrder[i])) hours[kPodUsageGibHours + i] = GibHours(sums.memory[kOrder[i]]);
  }
  return hours;
}

bool Same(double a, double b) { return a == b || (IsNull(a) && IsNull(b)); }

Text TextAt(const UsageBatch& batch, TextField field, int64_t row) {
  const uint32_t code = batch.CodesOf(field)[row];
  if (code == StringPool::kNull) return std::nullopt;
  return batch.DictionaryOf(field).texts[code];
}

Text TextAt(const arrow::RecordBatch& batch, int column, int64_t row) {
  const auto& texts = static_cast<const arrow::StringArray&>(*batch.column(column));
  if (texts.IsNull(row)) return std::nullopt;
  return texts.GetView(row);
}

std::optional<std::string> Owned(const Text& text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

// Keeps the rows of one node.
class NodeRowsSink : public Sink {
 public:
  NodeRowsSink(const ExplainQuestion& question, Explanation* explanation)
      : question_(question), explanation_(*explanation) {}
  arrow::Status Begin(const RunScope&) override { return arrow::Status::OK(); }
  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    ARROW_ASSIGN_OR_RAISE(const auto rows, WithPlainTexts(*batch));
    for (int64_t row = 0; row < rows->num_rows(); ++row) {
      if (TextAt(*rows, kNodeColumn, row) != question_.node) continue;
      const Text name_space = TextAt(*rows, kNamespaceColumn, row);
      if (question_.name_space && name_space != *question_.name_space) continue;
      const RowKind kind = KindOfRow(*batch, row);
      if (kind == RowKind::kStorage) {
        ++explanation_.storage_rows;
      } else {
        Take(*rows, row, kind, name_space);
      }
    }
    return arrow::Status::OK();
  }
  arrow::Status Commit(const std::vector<Day>&) override { return arrow::Status::OK(); }
  void Abort() override {}

 private:
  void Take(const arrow::RecordBatch& rows, int64_t row, RowKind kind, const Text& name_space) {
    ExplainedRow& taken = explanation_.rows.emplace_back();
    taken.kind = kind;
    taken.name_space = Owned(name_space);
    taken.labels = TextAt(rows, kAllLabelsColumn, row).value_or("");
    const auto& categories = static_cast<const arrow::Int64Array&>(*rows.column(kCostCategoryId));
    if (!categories.IsNull(row)) taken.cost_category_id = categories.Value(row);
    for (int i = 0; i < kSummaryMeasures; ++i) {
      const auto& values = static_cast<const arrow::DoubleArray&>(*rows.column(kFirstMeasure + i));
      taken.measures[i] = values.IsNull(row) ? kNoValue : values.Value(row);
    }
  }

  const ExplainQuestion& question_;
  Explanation& explanation_;
};

class Explainer {
 public:
  Explainer(const PlannedRun& planned, const ExplainQuestion& question, Explanation* explanation)
      : plan_(planned.plan),
        reference_(planned.reference),
        question_(question),
        explanation_(*explanation),
        filter_(planned.reference.enabled_tag_keys),
        node_id_(names_.Intern(question.node)) {
    for (const ExplainedRow& row : explanation->rows) {
      all_namespaces_ |= row.kind == RowKind::kUnallocated;
    }
  }

  arrow::Status Run() {
    for (const Unit& unit : plan_.units) ARROW_RETURN_NOT_OK(Read(unit));  // pods after labels
    if (explanation_.rows.empty() && explanation_.storage_rows == 0) return Unknown();
    std::erase_if(explanation_.files, [](const auto& item) {
      const ExplainedFile& file = item.second;
      return file.usage.rows + file.capacity_rows + file.anomalous_rows + file.without_node.rows == 0;
    });
    TellCapacity();
    MatchRows();
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
  using SetsSeen = std::map<LabelSet, LabelSetSeen>;

  bool Asked(const Text& name_space) const {
    return !question_.name_space || name_space == *question_.name_space;
  }

  arrow::Status Read(const Unit& unit) {
    if (unit.kind == ReportKind::kStorage) return arrow::Status::OK();
    ExplainedFile& file = explanation_.files[unit.file->name()];
    file.table = {unit.kind, unit.granularity};
    ARROW_ASSIGN_OR_RAISE(const auto reader,
                          unit.open({unit.columns, question_.day, question_.day, kLargestBatchRows,
                                     unit.columns_of_day, unit.first_day}));
    UsageBatch batch;
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const bool more, reader->Next(&batch));
      if (!more) break;
      const arrow::Status added =
          unit.kind == ReportKind::kPod ? AddPods(unit, batch, &file) : AddLabels(unit, batch);
      ARROW_RETURN_NOT_OK(WithContext(added, unit.file->name()));
    }
    file.anomalous_rows += reader->counts().rows_anomalous;
    return arrow::Status::OK();
  }

  arrow::Status AddPods(const Unit& unit, const UsageBatch& batch, ExplainedFile* file) {
    const DayRoles& roles = plan_.RolesOf(question_.day);
    const int table = unit.granularity == Granularity::kHourly ? 0 : 1;
    if (!roles.pod_usage[table] && !roles.pod_capacity[table]) return arrow::Status::OK();
    for (int64_t row = 0; row < batch.rows; ++row) {
      const Text node = TextAt(batch, TextField::kNode, row);
      if (node == question_.node && roles.pod_capacity[table]) {
        ++file->capacity_rows;
        AddCapacity(unit, batch, row);
      }
      if (!roles.pod_usage[table]) continue;
      if (!node || node->empty()) {
        if (Asked(TextAt(batch, TextField::kNamespace, row))) AddUsage(batch, row, &file->without_node);
      } else if (node == question_.node) {
        ARROW_RETURN_NOT_OK(AddPod(batch, row, file));
      } else if (nodes_seen_.size() < kNamesShown) {
        nodes_seen_.insert(std::string(*node));
      }
    }
    return arrow::Status::OK();
  }

  arrow::Status AddPod(const UsageBatch& batch, int64_t row, ExplainedFile* file) {
    const Text name_space = TextAt(batch, TextField::kNamespace, row);
    ARROW_ASSIGN_OR_RAISE(const LabelSet* labels, Labels(TextAt(batch, TextField::kPodLabels, row)));
    Group& group = groups_[{Owned(name_space), *labels}];
    AddUsage(batch, row, &group.input);
    if (all_namespaces_ || Asked(name_space)) AddUsage(batch, row, &file->usage);
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
      const Text text = TextAt(batch, field, row);
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
      const Text object = TextAt(batch, of_node ? TextField::kNode : TextField::kNamespace, row);
      if (!object || (of_node && *object != question_.node) ||
          (!of_node && !all_namespaces_ && !Asked(object)))
        continue;
      ARROW_ASSIGN_OR_RAISE(
          const LabelSet* labels,
          Labels(TextAt(batch, of_node ? TextField::kNodeLabels : TextField::kNamespaceLabels, row)));
      const int64_t time = batch.time_micros[row];
      std::array<std::string_view, 2> texts = {*object, *labels};
      std::array<StringPool::Id, 2> ids{};
      day_labels_.InternAll(texts, ids.data());
      day_labels_.Add(kind, {ids.data(), 1}, {&time, 1}, {&ids[1], 1});
      LabelSetSeen& seen = sets_seen_[kind][std::string(*object)][*labels];
      seen.first_micros = seen.rows == 0 ? time : std::min(seen.first_micros, time);
      seen.last_micros = seen.rows == 0 ? time : std::max(seen.last_micros, time);
      ++seen.rows;
      seen.files.insert(unit.file->name());
    }
    return arrow::Status::OK();
  }

  // The filtered set of a cell; null is the empty set.
  arrow::Result<const LabelSet*> Labels(const Text& text) {
    const auto [entry, added] = parsed_.try_emplace(std::string(text.value_or("")));
    if (!added) return &entry->second;
    ARROW_ASSIGN_OR_RAISE(ParsedLabels labels, ParseLabels(entry->first, filter_));
    entry->second = std::move(labels.set);
    ARROW_ASSIGN_OR_RAISE(const ParsedLabels all, ParseLabels(entry->first, LabelFilter()));
    const auto keys = nlohmann::json::parse(LabelJson(all.set));
    for (const auto& [key, value] : keys.items()) {
      if (!filter_.Keeps(key)) explanation_.disabled_keys.insert(key);
    }
    return &entry->second;
  }

  arrow::Status Unknown() const {
    std::set<std::string> names = nodes_seen_;
    if (!groups_.empty() && question_.name_space) {
      names.clear();
      for (const auto& [key, group] : groups_) {
        if (key.first && names.size() < kNamesShown) names.insert(*key.first);
      }
      return UsageError("--namespace {}: node {} has no row of it on {}; it has rows of {}",
                        *question_.name_space, question_.node, FormatDay(question_.day),
                        fmt::to_string(fmt::join(names, ", ")));
    }
    return UsageError("--node {}: no row of it on {}; that day has {}", question_.node,
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
    const std::string_view of_node = day_labels_.Of(DayLabels::kNode, question_.node);
    std::map<std::pair<std::optional<std::string>, std::string>, std::vector<const GroupKey*>> groups_of_row;
    InputRows all, taken;
    for (auto& [key, group] : groups_) {
      const std::array<std::string_view, 3> sets = {of_node, NamespaceSet(key.first), key.second};
      AppendMergedJson(sets, &group.merged);
      groups_of_row[{key.first, group.merged}].push_back(&key);
      if (Asked(key.first)) Add(group.input, &all);
      if (TakesFromNode(key.first)) Add(group.input, &taken);
    }
    explanation_.pod_input = all.Hours();
    explanation_.pod_input_rows = all.rows;
    explanation_.pod_output.fill(kNoValue);
    for (ExplainedRow& row : explanation_.rows) {
      if (row.kind == RowKind::kUnallocated) {
        row.input_rows = taken.rows;
        row.from_input = Unallocated(taken.sums);
      } else {
        InputRows input;
        for (const GroupKey* key : groups_of_row[{row.name_space, row.labels}]) {
          Add(groups_[*key].input, &input);
          TellLabelKeys(of_node, *key, &row);
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

  std::string_view NamespaceSet(const std::optional<std::string>& name_space) const {
    return name_space ? day_labels_.Of(DayLabels::kNamespace, *name_space) : std::string_view();
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

  void TellLabelKeys(std::string_view of_node, const GroupKey& key, ExplainedRow* row) const {
    const std::array<std::pair<const char*, std::string_view>, 3> levels = {
        {{"node", of_node}, {"namespace", NamespaceSet(key.first)}, {"pod", key.second}}};
    std::map<std::string, ExplainedLabel> keys;
    for (const auto& [from, set] : levels) {
      const auto labels = nlohmann::json::parse(LabelJson(set));
      for (const auto& [name, value] : labels.items()) {
        ExplainedLabel& label = keys[name];
        if (!label.from.empty()) label.beaten[label.from] = label.value;
        label.value = value.get<std::string>();
        label.from = from;
      }
    }
    row->label_keys.merge(keys);
  }

  void TellLabels() {
    explanation_.node_labels = Sets(DayLabels::kNode, question_.node);
    for (const ExplainedRow& row : explanation_.rows) {
      if (row.kind != RowKind::kPod || !row.name_space) continue;
      auto sets = Sets(DayLabels::kNamespace, *row.name_space);
      if (!sets.empty()) explanation_.namespace_labels[*row.name_space] = std::move(sets);
    }
  }

  std::vector<LabelSetSeen> Sets(DayLabels::Object kind, const std::string& object) const {
    std::vector<LabelSetSeen> sets;
    const auto found = sets_seen_[kind].find(object);
    if (found == sets_seen_[kind].end()) return sets;
    for (const auto& [labels, seen] : found->second) {
      LabelSetSeen& set = sets.emplace_back(seen);
      set.labels = LabelJson(labels);
      set.won = labels == day_labels_.Of(kind, object);
    }
    std::ranges::stable_sort(sets, [](const LabelSetSeen& a, const LabelSetSeen& b) {
      return std::pair(!a.won, -a.last_micros) < std::pair(!b.won, -b.last_micros);
    });
    return sets;
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
  const LabelFilter filter_;
  NodeNames names_;
  const StringPool::Id node_id_;
  NodeFacts capacity_{&names_};
  bool all_namespaces_ = false;  // the Unallocated row is asked for: all pods of the node matter
  bool in_range_ = true;
  std::map<GroupKey, Group> groups_;
  DayLabels day_labels_;
  std::array<std::map<std::string, SetsSeen>, 2> sets_seen_;  // by DayLabels::Object and name
  std::unordered_map<std::string, LabelSet> parsed_;          // by cell
  std::set<std::string> nodes_seen_;                          // others, some
};

}  // namespace

PodHours InputRows::Hours() const { return HoursOf(sums); }

bool Explanation::AddsUp() const {
  const auto near = [](double a, double b) {
    return Same(a, b) || std::fabs(a - b) <= std::max(1e-9 * std::max(std::fabs(a), std::fabs(b)), 1e-12);
  };
  return std::ranges::all_of(rows, &ExplainedRow::equal) && std::ranges::equal(pod_input, pod_output, near);
}

arrow::Result<Explanation> Explain(const RunOptions& options, const ExplainQuestion& question) {
  RunOptions day = options;
  day.month.reset();
  day.start = day.end = question.day;
  Explanation explanation;
  ARROW_ASSIGN_OR_RAISE(const PlannedRun planned, PlanRun(day));
  NodeRowsSink sink(question, &explanation);
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
