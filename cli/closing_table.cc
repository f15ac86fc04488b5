#include "closing_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace costream {
namespace {

constexpr size_t kTopNamespaces = 5;
constexpr int kSchemaVersion = 1;

int64_t RowsOf(const RunResult& result, RowKind kind) {
  return result.totals.rows[static_cast<size_t>(kind)];
}

std::vector<std::pair<std::string, NamespaceTotals>> TopNamespaces(const SummaryTotals& totals) {
  std::vector<std::pair<std::string, NamespaceTotals>> top(totals.namespaces.begin(),
                                                           totals.namespaces.end());
  std::stable_sort(top.begin(), top.end(),
                   [](const auto& a, const auto& b) { return a.second.cpu_hours > b.second.cpu_hours; });
  if (top.size() > kTopNamespaces) top.resize(kTopNamespaces);
  return top;
}

double RowsPerSecond(const RunResult& result) {
  return result.seconds.total > 0 ? static_cast<double>(result.counts.rows_read) / result.seconds.total : 0;
}

bool CapacityReconciles(const SummaryTotals& totals) {
  const auto equal = [](double a, double b) {
    return std::fabs(a - b) <= 1e-9 * std::max({std::fabs(a), std::fabs(b), 1.0});
  };
  return equal(totals.cpu_capacity,
               totals.cpu_used_on_nodes + totals.cpu_unallocated + totals.cpu_idle_nodes) &&
         equal(totals.gib_capacity,
               totals.gib_used_on_nodes + totals.gib_unallocated + totals.gib_idle_nodes);
}

// "70 rows of 3 files (a.csv: 50, b.csv: 10, ...)", those with most rows first.
std::string Superseded(std::vector<SupersededFile> files) {
  constexpr size_t kShown = 2;
  std::ranges::stable_sort(files, std::greater(), &SupersededFile::rows);
  int64_t rows = 0;
  std::string names;
  for (size_t i = 0; i < files.size(); ++i) {
    rows += files[i].rows;
    if (i < kShown) names += fmt::format("{}{}: {}", i ? ", " : "", files[i].file, files[i].rows);
  }
  return fmt::format("{} rows of {} files, newer data came for their days ({}{})", rows, files.size(), names,
                     files.size() > kShown ? ", ..." : "");
}

const char* ModeName(Mode mode) { return mode == Mode::kInMemory ? "in-memory" : "streaming"; }

}  // namespace

std::string ClosingTable(const RunResult& result, const std::string& target) {
  const SummaryTotals& totals = result.totals;
  std::string out;
  const auto line = [&](std::string_view name, const std::string& text) {
    out += fmt::format("{:<16}{}\n", name, text);
  };
  line("source", fmt::format("{}  {} to {}", result.source, FormatDay(result.start), FormatDay(result.end)));
  line("rows", fmt::format("{} Pod, {} Storage, {} Unallocated{}", RowsOf(result, RowKind::kPod),
                           RowsOf(result, RowKind::kStorage), RowsOf(result, RowKind::kUnallocated),
                           target.empty() ? " (not written: no --to)" : " -> " + target));
  out += fmt::format("{:<16}{:>16}{:>16}\n", "", "core-hours", "GiB-hours");
  const auto hours = [&](std::string_view name, double cpu, double gib) {
    out += fmt::format("{:<16}{:>16.2f}{:>16.2f}\n", name, cpu, gib);
  };
  hours("capacity", totals.cpu_capacity, totals.gib_capacity);
  hours("used", totals.cpu_rows, totals.gib_rows);
  hours("requested", totals.cpu_requested, totals.gib_requested);
  hours("unallocated", totals.cpu_unallocated, totals.gib_unallocated);
  const auto top = TopNamespaces(totals);
  if (!top.empty()) out += "top namespaces\n";
  for (const auto& [name, usage] : top) {
    const std::string shown = name.size() > 44 ? name.substr(0, 41) + "..." : name;
    out += fmt::format("  {:<44}{:>14.2f}{:>16.2f}\n", shown, usage.cpu_hours, usage.gib_hours);
  }
  line("reconciliation",
       fmt::format("input {:.4f} = pod rows {:.4f} + left out {:.4f} core-hours ({} rows without a node): {}",
                   totals.cpu_input, totals.cpu_rows, totals.cpu_left_out, totals.input_rows_left_out,
                   totals.input_reconciles ? "exact" : "DIFFERS"));
  if (RowsOf(result, RowKind::kUnallocated) > 0) {
    line("", fmt::format("capacity {:.4f} = used {:.4f} + unallocated {:.4f} + nodes without pods {:.4f}: {}",
                         totals.cpu_capacity, totals.cpu_used_on_nodes, totals.cpu_unallocated,
                         totals.cpu_idle_nodes, CapacityReconciles(totals) ? "ok" : "DIFFERS"));
  }
  line("missing hours",
       result.missing_hour_count == 0
           ? "none"
           : fmt::format("{} ({}{})", result.missing_hour_count, result.missing_hours.front(),
                         result.missing_hours.size() > 1 ? "; ..." : ""));
  if (!result.checked.empty()) out += CheckedTable(result.checked);
  if (!result.superseded.empty()) line("superseded", Superseded(result.superseded));
  const auto mib = [](int64_t bytes) { return static_cast<double>(bytes) / 1048576.0; };
  line("run",
       fmt::format(
           "{}, {} rows read in {:.2f} s, {:.0f} rows/s, peak {:.0f} of {:.0f} MiB{}", ModeName(result.mode),
           result.counts.rows_read, result.seconds.total, RowsPerSecond(result),
           mib(result.peak_resident_bytes), mib(result.memory_limit_bytes),
           result.spilled_bytes > 0 ? fmt::format(", {:.0f} MiB spilled", mib(result.spilled_bytes)) : ""));
  for (const auto& note : result.notes) line("note", note);
  for (const auto& warning : result.warnings) line("warning", warning);
  return out;
}

nlohmann::json ClosingObject(const RunResult& result, const std::string& target) {
  using nlohmann::json;
  const SummaryTotals& totals = result.totals;
  json top = json::array();
  for (const auto& [name, usage] : TopNamespaces(totals)) {
    top.push_back({{"namespace", name},
                   {"cpu_core_hours", usage.cpu_hours},
                   {"memory_gigabyte_hours", usage.gib_hours}});
  }
  json superseded = json::array();
  for (const auto& [file, rows] : result.superseded) superseded.push_back({{"file", file}, {"rows", rows}});
  return {
      {"schema_version", kSchemaVersion},
      {"source_uuid", result.source},
      {"cluster_id", result.cluster_id ? json(*result.cluster_id) : json()},
      {"month", FormatMonth(result.month)},
      {"start_date", FormatDay(result.start)},
      {"end_date", FormatDay(result.end)},
      {"target", target},
      {"mode", ModeName(result.mode)},
      {"mode_reason", result.mode_reason},
      {"rows",
       {{"pod", RowsOf(result, RowKind::kPod)},
        {"storage", RowsOf(result, RowKind::kStorage)},
        {"unallocated", RowsOf(result, RowKind::kUnallocated)}}},
      {"cpu_core_hours",
       {{"capacity", totals.cpu_capacity},
        {"used", totals.cpu_rows},
        {"requested", totals.cpu_requested},
        {"unallocated", totals.cpu_unallocated}}},
      {"memory_gigabyte_hours",
       {{"capacity", totals.gib_capacity},
        {"used", totals.gib_rows},
        {"requested", totals.gib_requested},
        {"unallocated", totals.gib_unallocated}}},
      {"storage_gigabyte_months",
       {{"capacity", totals.claim_gib_months}, {"used", totals.claim_used_gib_months}}},
      {"top_namespaces", top},
      {"reconciliation",
       {{"input_cpu_core_hours", totals.cpu_input},
        {"pod_rows_cpu_core_hours", totals.cpu_rows},
        {"left_out_cpu_core_hours", totals.cpu_left_out},
        {"left_out_rows_without_node", totals.input_rows_left_out},
        {"input_exact", totals.input_reconciles},
        {"capacity_used", totals.cpu_used_on_nodes},
        {"capacity_unallocated", totals.cpu_unallocated},
        {"capacity_of_nodes_without_pods", totals.cpu_idle_nodes},
        {"capacity_ok", CapacityReconciles(totals)}}},
      {"missing_hours", result.missing_hours},
      {"superseded", superseded},
      {"input",
       {{"files", result.files},
        {"rows", result.counts.rows_read},
        {"rows_of_other_days", result.counts.rows_outside},
        {"rows_anomalous", result.counts.rows_anomalous},
        {"rows_with_replaced_text", result.counts.rows_repaired},
        {"bytes", result.counts.bytes_read}}},
      {"seconds",
       {{"plan", result.seconds.plan},
        {"aggregate", result.seconds.aggregate},
        {"commit", result.seconds.commit},
        {"total", result.seconds.total}}},
      {"rows_per_second", RowsPerSecond(result)},
      {"peak_memory_bytes", result.peak_resident_bytes},
      {"memory_limit_bytes", result.memory_limit_bytes},
      {"spilled_bytes", result.spilled_bytes},
      {"notes", result.notes},
      {"warnings", result.warnings},
  };
}

std::string ClosingJson(const RunResult& result, const std::string& target) {
  return ClosingObject(result, target).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace costream
