#include "explain_report.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/units.h"

namespace costream {
namespace {

using nlohmann::json;

constexpr int kSchemaVersion = 1;
constexpr std::array<std::string_view, kPodHours> kColumns = {"cpu usage", "request", "effective", "limit",
                                                              "mem usage", "request", "effective", "limit"};
constexpr std::array<std::string_view, kStorageMeasures> kStorageColumns = {"claim GiB", "capacity",
                                                                            "request", "usage"};

std::string NameOf(const Table& table) {
  return fmt::format("{} {}", NameOf(table.granularity), SpecOf(table.kind).name);
}

std::string Cell(double value) { return std::isnan(value) ? "-" : fmt::format("{:.6f}", value); }

template <size_t kValues>
std::string Line(std::string_view name, int64_t rows, const std::array<double, kValues>& values) {
  std::string out = fmt::format("  {:<16}{:>8}", name, rows < 0 ? "" : std::to_string(rows));
  for (const double value : values) out += fmt::format("{:>16}", Cell(value));
  return out + "\n";
}

template <size_t kValues>
std::string Head(std::string_view units, const std::array<std::string_view, kValues>& columns) {
  std::string out = fmt::format("  {:<16}{:>8}", units, "rows");
  for (const std::string_view column : columns) out += fmt::format("{:>16}", column);
  return out + "\n";
}

std::string OrNull(const std::optional<std::string>& text) { return text.value_or("(null)"); }

std::string Time(int64_t micros) {
  const int64_t minutes = (micros - DayOfMicros(micros) * kMicrosPerDay) / (kMicrosPerHour / 60);
  return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
}

const char* KindName(RowKind kind) {
  constexpr std::array kNames = {"Pod", "Storage", "Unallocated"};
  return kNames[static_cast<size_t>(kind)];
}

PodHours Output(const ExplainedRow& row) {
  PodHours hours;
  std::copy_n(row.measures.begin(), kPodHours, hours.begin());
  return hours;
}

StorageMeasures StorageOutput(const ExplainedRow& row) {
  StorageMeasures measures;
  std::copy_n(row.measures.begin() + kClaimGib, kStorageMeasures, measures.begin());
  return measures;
}

std::string StorageRow(const ExplainedRow& row, Day day) {
  const ExplainedStorage& storage = *row.storage;
  std::string out = fmt::format("  claim {}  volume {}  storage class {}  resource id {}  volume handle {}\n",
                                OrNull(storage.claim), OrNull(storage.volume), OrNull(storage.storage_class),
                                OrNull(storage.resource_id), OrNull(storage.volume_handle));
  out += Head("GiB, GiB-months", kStorageColumns) + Line("output", -1, StorageOutput(row));
  out += Line("from input", row.input_rows, storage.from_input);
  for (const auto& [file, rows] : storage.files) {
    out += fmt::format("  {}, of all nodes\n", file) + Line("", rows.rows, rows.Measures(day, 1));
  }
  std::vector<std::string> pods;
  for (const auto& pod : storage.pods) pods.push_back(OrNull(pod));
  out += fmt::format("  claimed by the pods {}: {}\n", fmt::join(pods, ", "),
                     storage.mounted ? "they have rows of this node" : "no pod row of the day is theirs");
  if (storage.node_count > 1) {
    out += fmt::format("  the volume is on {} nodes ({}): each has its share of request and usage\n",
                       storage.node_count, fmt::join(storage.volume_nodes, ", "));
  }
  if (storage.hours_without && !storage.hours_without->empty()) {
    out += fmt::format("  no row in the hours {:02}\n", fmt::join(*storage.hours_without, ", "));
  }
  return out;
}

std::string Rows(const Explanation& explanation, Day day) {
  std::string out;
  for (const ExplainedRow& row : explanation.rows) {
    out += fmt::format("{} row  namespace {}  labels {}  cost category {}\n", KindName(row.kind),
                       OrNull(row.name_space), row.labels,
                       row.cost_category_id ? std::to_string(*row.cost_category_id) : "none");
    if (row.storage) {
      out += StorageRow(row, day);
    } else {
      out += Head("core-h, GiB-h", kColumns) + Line("output", -1, Output(row));
      out +=
          Line(row.kind == RowKind::kPod ? "from input" : "capacity - pods", row.input_rows, row.from_input);
    }
    if (!row.equal) out += "  DIFFERS\n";
    for (const auto& [key, label] : row.label_keys) {
      out += fmt::format("  label {}={} from the {}", key, label.value, label.from);
      for (const auto& [from, value] : label.beaten) out += fmt::format(", not {} of the {}", value, from);
      out += '\n';
    }
  }
  if (explanation.claims_without_row > 0) {
    out += fmt::format("{} Storage rows are missing: the sums DIFFER\n", explanation.claims_without_row);
  }
  if (explanation.pod_input_rows == 0) return out;
  out += fmt::format("totals of the Pod rows: {}\n", explanation.AddsUp() ? "the same" : "DIFFER");
  out += Line("output", -1, explanation.pod_output);
  out += Line("from input", explanation.pod_input_rows, explanation.pod_input);
  return out;
}

std::string Capacity(const Explanation& explanation) {
  if (!explanation.capacity_from) return "capacity: none\n";
  std::string out = fmt::format("capacity of the node, {} pod table: {:.6f} core-hours, {:.6f} GiB-hours\n",
                                NameOf(*explanation.capacity_from), explanation.capacity_core_hours,
                                explanation.capacity_gib_hours);
  for (const CapacityInterval& interval : explanation.capacity) {
    out += fmt::format("  {}  {:>16} core-seconds  {:>24} byte-seconds\n", Time(interval.time_micros),
                       Cell(interval.core_seconds), Cell(interval.byte_seconds));
  }
  if (!explanation.hours_without_capacity.empty()) {
    out += fmt::format("  no capacity in the hours {:02}\n",
                       fmt::join(explanation.hours_without_capacity, ", "));
  }
  return out;
}

std::string Labels(const std::string& what, const std::vector<LabelSetSeen>& sets) {
  std::string out;
  for (const LabelSetSeen& set : sets) {
    out += fmt::format("{} {}  {}  last at {}, {} rows of {}\n", what, set.won ? "has" : "lost", set.labels,
                       Time(set.last_micros), set.rows, fmt::join(set.files, ", "));
  }
  return out;
}

std::string LeftOut(const Explanation& explanation) {
  std::string out;
  for (const auto& [name, file] : explanation.files) {
    if (file.without_node.rows > 0) {
      out += fmt::format("  {}: {} rows have no node\n", name, file.without_node.rows);
    }
    if (file.claim_rows_without_node > 0) {
      out += fmt::format("  {}: {} rows of claims that no pod had: Storage rows without a node\n", name,
                         file.claim_rows_without_node);
    }
    if (file.anomalous_rows > 0) {
      out += fmt::format("  {}: {} rows of the day are anomalies\n", name, file.anomalous_rows);
    }
  }
  for (const SupersededFile& file : explanation.superseded) {
    out += fmt::format("  {}: {} rows, newer data came for the day\n", file.file, file.rows);
  }
  for (const UnreadTable& table : explanation.unread) {
    out += fmt::format("  {}: {} files, {} rows, another table serves\n", NameOf(table.table), table.files,
                       table.rows);
  }
  if (!explanation.disabled_keys.empty()) {
    out += fmt::format("  label keys that are not enabled: {}\n", fmt::join(explanation.disabled_keys, ", "));
  }
  return out.empty() ? "" : "left out\n" + out;
}

json Number(double value) { return std::isnan(value) ? json() : json(value); }

// By column, from that measure on.
template <size_t kValues>
json Measures(int first, const std::array<double, kValues>& values) {
  json out;
  for (size_t i = 0; i < kValues; ++i) {
    out[SummarySchema()->field(kFirstMeasure + first + static_cast<int>(i))->name()] = Number(values[i]);
  }
  return out;
}

json Hours(const PodHours& hours) { return Measures(kPodUsageCpuHours, hours); }

json TextOrNull(const std::optional<std::string>& text) { return text ? json(*text) : json(); }

json Sets(const std::vector<LabelSetSeen>& sets) {
  json out = json::array();
  for (const LabelSetSeen& set : sets) {
    out.push_back({{"labels", json::parse(set.labels)},
                   {"holds", set.won},
                   {"first", Time(set.first_micros)},
                   {"last", Time(set.last_micros)},
                   {"rows", set.rows},
                   {"files", set.files}});
  }
  return out;
}

json StorageJson(const ExplainedStorage& storage, Day day) {
  json files = json::array(), pods = json::array();
  for (const auto& [file, rows] : storage.files) {
    files.push_back(
        {{"file", file}, {"rows", rows.rows}, {"sums", Measures(kClaimGib, rows.Measures(day, 1))}});
  }
  for (const auto& pod : storage.pods) pods.push_back(TextOrNull(pod));
  return {{"resource_id", TextOrNull(storage.resource_id)},
          {"persistentvolumeclaim", TextOrNull(storage.claim)},
          {"persistentvolume", TextOrNull(storage.volume)},
          {"storageclass", TextOrNull(storage.storage_class)},
          {"csi_volume_handle", TextOrNull(storage.volume_handle)},
          {"files", files},
          {"pods", pods},
          {"mounted", storage.mounted},
          {"nodes_of_volume", storage.volume_nodes},
          {"node_count", storage.node_count},
          {"hours_without", storage.hours_without ? json(*storage.hours_without) : json()}};
}

json RowJson(const ExplainedRow& row, Day day) {
  json labels = json::object();
  for (const auto& [key, label] : row.label_keys) {
    labels[key] = {{"value", label.value}, {"from", label.from}, {"beaten", label.beaten}};
  }
  json out = {
      {"kind", KindName(row.kind)},
      {"namespace", TextOrNull(row.name_space)},
      {"all_labels", json::parse(row.labels)},
      {"cost_category_id", row.cost_category_id ? json(*row.cost_category_id) : json()},
      {"output", row.storage ? Measures(kClaimGib, StorageOutput(row)) : Hours(Output(row))},
      {"from_input", row.storage ? Measures(kClaimGib, row.storage->from_input) : Hours(row.from_input)},
      {"input_rows", row.input_rows},
      {"label_keys", labels},
      {"equal", row.equal}};
  if (row.storage) out["storage"] = StorageJson(*row.storage, day);
  return out;
}

json CapacityJson(const Explanation& explanation) {
  json intervals = json::array();
  for (const CapacityInterval& interval : explanation.capacity) {
    intervals.push_back({{"time", Time(interval.time_micros)},
                         {"core_seconds", Number(interval.core_seconds)},
                         {"byte_seconds", Number(interval.byte_seconds)}});
  }
  return {{"table", explanation.capacity_from ? json(NameOf(*explanation.capacity_from)) : json()},
          {"core_hours", explanation.capacity_core_hours},
          {"gigabyte_hours", explanation.capacity_gib_hours},
          {"intervals", intervals},
          {"hours_without", explanation.hours_without_capacity}};
}

json LeftOutJson(const Explanation& explanation) {
  json superseded = json::array(), unread = json::array();
  for (const auto& [file, rows] : explanation.superseded)
    superseded.push_back({{"file", file}, {"rows", rows}});
  for (const UnreadTable& table : explanation.unread) {
    unread.push_back({{"report", SpecOf(table.table.kind).name},
                      {"granularity", NameOf(table.table.granularity)},
                      {"files", table.files},
                      {"rows", table.rows}});
  }
  return {
      {"superseded", superseded}, {"not_needed", unread}, {"disabled_label_keys", explanation.disabled_keys}};
}

}  // namespace

std::string ExplainTable(const Explanation& explanation, const ExplainQuestion& question) {
  std::string out = fmt::format(
      "{}  node {}  {}  source {}\n", FormatDay(question.day), OrNull(question.node),
      question.name_space ? "namespace " + *question.name_space : "all namespaces", explanation.source);
  out += "input\n" + Head("core-h, GiB-h", kColumns);
  for (const auto& [name, file] : explanation.files) {
    if (file.table.kind == ReportKind::kStorage && file.claim_rows > 0) {
      out += fmt::format("{} ({}; {} rows of the claims shown)\n", name, NameOf(file.table), file.claim_rows);
    }
    if (file.table.kind != ReportKind::kPod) continue;
    out += fmt::format("{} ({}; {} rows tell the node's capacity)\n", name, NameOf(file.table),
                       file.capacity_rows);
    out += Line("usage", file.usage.rows, file.usage.Hours());
  }
  out += Rows(explanation, question.day);
  if (question.node) out += Capacity(explanation);
  out += Labels("node", explanation.node_labels);
  for (const auto& [name, sets] : explanation.namespace_labels) out += Labels("namespace " + name, sets);
  for (const auto& [name, matches] : explanation.categories) {
    for (const CategoryMatch& match : matches) {
      out += fmt::format("cost category {} by pattern {} of namespace {}: {}\n", match.id, match.pattern,
                         name, match.won ? "wins" : "loses to a greater id");
    }
  }
  out += LeftOut(explanation);
  for (const auto& note : explanation.notes) out += "note  " + note + "\n";
  for (const auto& warning : explanation.warnings) out += "warning  " + warning + "\n";
  return out;
}

std::string ExplainJson(const Explanation& explanation, const ExplainQuestion& question) {
  json files = json::array(), rows = json::array(), namespaces = json::object(), categories = json::object();
  for (const auto& [name, file] : explanation.files) {
    files.push_back({{"file", name},
                     {"report", SpecOf(file.table.kind).name},
                     {"granularity", NameOf(file.table.granularity)},
                     {"usage_rows", file.usage.rows},
                     {"usage", Hours(file.usage.Hours())},
                     {"capacity_rows", file.capacity_rows},
                     {"anomalous_rows", file.anomalous_rows},
                     {"rows_without_node", file.without_node.rows},
                     {"usage_without_node", Hours(file.without_node.Hours())},
                     {"claim_rows", file.claim_rows},
                     {"claim_rows_without_node", file.claim_rows_without_node}});
  }
  for (const ExplainedRow& row : explanation.rows) rows.push_back(RowJson(row, question.day));
  for (const auto& [name, sets] : explanation.namespace_labels) namespaces[name] = Sets(sets);
  for (const auto& [name, matches] : explanation.categories) {
    for (const CategoryMatch& match : matches) {
      categories[name].push_back({{"pattern", match.pattern}, {"id", match.id}, {"wins", match.won}});
    }
  }
  const json out = {
      {"schema_version", kSchemaVersion},
      {"source_uuid", explanation.source},
      {"date", FormatDay(question.day)},
      {"node", TextOrNull(question.node)},
      {"namespace", TextOrNull(question.name_space)},
      {"files", files},
      {"rows", rows},
      {"pod_rows",
       {{"input_rows", explanation.pod_input_rows},
        {"from_input", Hours(explanation.pod_input)},
        {"output", Hours(explanation.pod_output)}}},
      {"claims_without_row", explanation.claims_without_row},
      {"adds_up", explanation.AddsUp()},
      {"capacity", CapacityJson(explanation)},
      {"node_labels", Sets(explanation.node_labels)},
      {"namespace_labels", namespaces},
      {"cost_categories", categories},
      {"left_out", LeftOutJson(explanation)},
      {"notes", explanation.notes},
      {"warnings", explanation.warnings},
  };
  return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace costream
