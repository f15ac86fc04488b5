#include "sources_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "closing_table.h"
#include "signals.h"

namespace costream {
namespace {

constexpr int kSchemaVersion = 1;

struct Counts {
  size_t done = 0, failed = 0, not_run = 0;
};

Counts CountsOf(const std::vector<SourceRun>& runs) {
  Counts counts;
  for (const SourceRun& run : runs)
    ++(run.result.ok() ? counts.done : run.begun ? counts.failed : counts.not_run);
  return counts;
}

}  // namespace

arrow::Status OutcomeOf(const std::vector<SourceRun>& runs) {
  const Counts counts = CountsOf(runs);
  std::optional<ErrorKind> worst;
  std::string failed;
  for (const SourceRun& run : runs) {
    if (!run.begun || run.result.ok()) continue;
    const ErrorKind kind = KindOf(run.result.status());
    if (kind == ErrorKind::kCancelled) return run.result.status();
    worst = std::min(worst.value_or(kind), kind);
    failed += fmt::format("{}{} (exit code {})", failed.empty() ? "" : ", ", run.source,
                          ExitCode(run.result.status()));
  }
  if (counts.not_run > 0) return MakeError(ErrorKind::kCancelled, "stopped");
  if (!worst) return arrow::Status::OK();
  return MakeError(*worst, fmt::format("{} of {} sources failed: {}", counts.failed, runs.size(), failed));
}

std::string SourcesTable(const std::vector<SourceRun>& runs) {
  size_t width = 36;
  for (const SourceRun& run : runs) width = std::max(width, run.source.size());
  std::string out = fmt::format("{:<{}}{:>9}{:>9}{:>13}{:>7}  {}\n", "source", width, "Pod", "Storage",
                                "Unallocated", "sec", "outcome");
  for (const SourceRun& run : runs) {
    if (!run.result.ok()) {
      out += fmt::format("{:<{}}{:>9}{:>9}{:>13}{:>7}  {}\n", run.source, width, "-", "-", "-", "-",
                         run.begun ? fmt::format("FAILED (exit code {}): {}", ExitCodeOf(run.result.status()),
                                                 Message(run.result.status()))
                                   : "not run");
      continue;
    }
    const auto& rows = run.result->totals.rows;
    const size_t warnings = run.result->warnings.size();
    out += fmt::format("{:<{}}{:>9}{:>9}{:>13}{:>7.1f}  done{}\n", run.source, width,
                       rows[static_cast<size_t>(RowKind::kPod)], rows[static_cast<size_t>(RowKind::kStorage)],
                       rows[static_cast<size_t>(RowKind::kUnallocated)], run.result->seconds.total,
                       warnings > 0 ? fmt::format(", {} warnings", warnings) : "");
  }
  const Counts counts = CountsOf(runs);
  out += fmt::format("{} sources: {} done, {} failed", runs.size(), counts.done, counts.failed);
  if (counts.not_run > 0) out += fmt::format(", {} not run", counts.not_run);
  return out + "\n";
}

std::string SourcesJson(const std::vector<SourceRun>& runs, const arrow::Status& outcome) {
  using nlohmann::json;
  json sources = json::array();
  for (const SourceRun& run : runs) {
    if (run.result.ok()) {
      json closing = ClosingObject(*run.result, run.target);
      closing["outcome"] = "done";
      sources.push_back(closing);
    } else if (run.begun) {
      sources.push_back({{"source_uuid", run.source},
                         {"outcome", "failed"},
                         {"exit_code", ExitCodeOf(run.result.status())},
                         {"error", Message(run.result.status())}});
    } else {
      sources.push_back({{"source_uuid", run.source}, {"outcome", "not run"}});
    }
  }
  const Counts counts = CountsOf(runs);
  const json out = {
      {"schema_version", kSchemaVersion}, {"sources", sources},        {"done", counts.done},
      {"failed", counts.failed},          {"not_run", counts.not_run}, {"exit_code", ExitCodeOf(outcome)}};
  return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace costream
