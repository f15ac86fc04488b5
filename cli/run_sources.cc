#include "run_sources.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/error.h"
#include "job/log.h"
#include "job/memory_limit.h"
#include "log_lines.h"
#include "print.h"
#include "signals.h"
#include "source/inputs.h"
#include "source/postgres_target.h"
#include "source/reference_json.h"
#include "sources_report.h"

namespace costream {
namespace {

// Refuses what is of one source, or would let the last run alone be seen.
arrow::Status CheckFlags(const RunFlags& flags) {
  const RunOptions& options = flags.options;
  if (IsReplacedWhole(options.target)) {
    return UsageError(
        "--to {}: a file holds the rows of one source; with several, name a directory (DIR/), sqlite:x.db or "
        "a database",
        options.target);
  }
  if (options.sink.truncate || !options.expected_file.empty()) {
    return UsageError("--truncate and --validate-expected are for a run of one source");
  }
  if (options.reference.empty() || IsPostgresTarget(options.reference)) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const ReferenceData reference, ReadReferenceJson(options.reference));
  if (reference.cluster_id || reference.cluster_alias || reference.report_period_id) {
    return UsageError(
        "{}: has a cluster or report period, which are of one source; with several, leave them out, or set "
        "them below `sources` in the config file",
        options.reference);
  }
  return arrow::Status::OK();
}

// Rows of two sources do not carry one cluster by accident.
arrow::Status CheckIdentity(const EffectiveSettings& settings) {
  for (const EffectiveSetting& value : settings.values) {
    const bool of_one = value.key == "ocp.cluster_id" || value.key == "ocp.cluster_alias" ||
                        value.key == "ocp.report_period_id";
    if (!of_one || value.text.empty() || value.of_source) continue;
    return UsageError("{} ({}): is of one source; with several, set it below `sources` in the config file",
                      value.from, value.key);
  }
  return arrow::Status::OK();
}

// Those that the config file names are there whether or not they have an input.
arrow::Result<std::vector<std::string>> AllSources(const RunFlags& flags) {
  const RunOptions& options = flags.options;
  std::optional<Month> month = options.month;
  if (!month && options.start) month = MonthOf(*options.start);
  if (!month && options.end) month = MonthOf(*options.end);
  ARROW_ASSIGN_OR_RAISE(std::set<std::string> sources, FindSources(options.inputs, month, options.s3));
  std::set<std::string> found;
  for (const std::string& source : sources) found.insert(LowerCase(source));
  for (const auto& [source, entries] : flags.file ? flags.file->sources : decltype(flags.file->sources)()) {
    if (!found.contains(source)) sources.insert(source);
  }
  if (!sources.empty()) return std::vector<std::string>(sources.begin(), sources.end());
  return InputError("{}: no source found: no path has source=UUID in it{}, and no config file names any",
                    fmt::format("{}", fmt::join(options.inputs, ", ")),
                    month ? " for " + FormatMonth(*month) : "");
}

// A source that is named twice is run once.
std::vector<std::string> EachOnce(const std::vector<std::string>& names) {
  std::vector<std::string> sources;
  for (const std::string& name : names) {
    if (std::ranges::find(sources, name) == sources.end()) sources.push_back(name);
  }
  return sources;
}

void RunSource(RunFlags flags, SourceRun* run) {
  flags.options.source = run->source;
  run->result = RunAndTell(&flags, CheckIdentity);
  run->target = ShownTarget(flags.options.target);
}

}  // namespace

arrow::Result<std::vector<std::string>> SourcesToRun(const std::vector<std::string>& named, RunFlags flags) {
  flags.options.source = "*";  // so that the folders of the path templates are those above the source's
  const arrow::Status resolved = ResolveJobFlags(&flags).status();
  flags.options.source.reset();
  const auto sources = [&]() -> arrow::Result<std::vector<std::string>> {
    ARROW_RETURN_NOT_OK(CheckFlags(flags));
    if (!named.empty()) return EachOnce(named);  // what is wrong with the settings, each of them tells
    ARROW_RETURN_NOT_OK(resolved);
    return AllSources(flags);
  }();
  if (!sources.ok()) return TellFailure(flags, sources.status());
  return sources;
}

arrow::Status RunSources(const std::vector<std::string>& named, const RunFlags& flags) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<std::string> sources, SourcesToRun(named, flags));
  std::vector<SourceRun> runs;
  for (const std::string& source : sources) {
    SourceRun& run = runs.emplace_back();
    run.source = source;
    if (CaughtSignal() != 0) continue;
    run.begun = true;
    RunSource(flags, &run);
    if (!run.result.ok()) spdlog::error("source {}: {}", source, Message(run.result.status()));
    MemoryLimit::Release();
  }
  EnterPhase("");  // what follows is of all
  SetLogContext({flags.tracing_id, GetLogContext().schema, "", ""});
  const arrow::Status outcome = OutcomeOf(runs);
  const std::string& target = runs.front().target;
  ARROW_RETURN_NOT_OK(flags.output == "json" ? PrintClosing(SourcesJson(runs, outcome), Form::kData, target)
                                             : PrintClosing(SourcesTable(runs), Form::kText, target));
  return outcome;
}

}  // namespace costream
