// For python/costream/engine: sources and their units, and the rows of units put together.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json.hpp>

#include "arguments.h"
#include "base/error.h"
#include "calls.h"
#include "closing_table.h"
#include "errors.h"
#include "flags.h"
#include "job/memory_limit.h"
#include "job/partial.h"
#include "job/pipeline.h"
#include "job/source_units.h"
#include "run_command.h"
#include "run_sources.h"
#include "sink/postgres_staging.h"
#include "sink/staged_runs.h"
#include "source/postgres_target.h"
#include "source/reference_json.h"

namespace costream {
namespace {

namespace nb = nanobind;
using nlohmann::json;

// The flags of `costream run` as they were given, as keyword arguments, and the inputs.
nb::tuple OptionsOf(const Arguments& arguments) {
  nb::list inputs;
  nb::dict options;
  CLI::App app("", "costream run");
  const auto flags = AddRunFlags(&app);
  SpreadFlags spread;
  AddSpreadFlags(&app, &spread);
  Check(ParseFlags(&app, arguments));
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() == 0) continue;
    if (option->get_positional()) {
      for (const std::string& input : option->results()) inputs.append(input);
      continue;
    }
    std::string name = option->get_lnames().front();
    std::ranges::replace(name, '-', '_');
    options[name.c_str()] = CLI::detail::join(option->results(), ",");  // of a flag: "true"
  }
  return nb::make_tuple(inputs, options);
}

std::vector<std::string> Sources(const Arguments& arguments, const std::vector<std::string>& named) {
  std::vector<std::string> sources;
  const auto read = [](const Cancelled&, JobFlags* flags) { return ReadJobFlags(flags); };
  RunWithFlags(arguments, read,
               [&](const RunFlags* flags) { return SourcesToRun(named, *flags).Value(&sources); });
  return sources;
}

// How the rows of units wait for the others of their source: in the database of the target, or in directories
// below it.
json StagedIn(const std::string& target) {
  if (IsPostgresTarget(target)) return "database";
  return IsDirectoryTarget(target) ? json("directory") : json();
}

json JsonOf(const SourceUnits& found) {
  json units = json::array();
  for (const SourceUnit& unit : found.units) {
    units.push_back({{"start", FormatDay(unit.first_day)},
                     {"end", FormatDay(unit.last_day)},
                     {"inputs", unit.inputs},
                     {"bytes", unit.bytes},
                     {"rows", unit.rows},
                     {"pieces", unit.pieces},
                     {"version", unit.version}});
  }
  const auto& [identity, first, last, kinds] = found.scope;
  const auto text = [](const auto& value) { return value ? json(*value) : json(); };
  return {{"source", identity.source},
          {"cluster_id", text(identity.cluster_id)},
          {"cluster_alias", text(identity.cluster_alias)},
          {"report_period_id", text(identity.report_period_id)},
          {"start", FormatDay(first)},
          {"end", FormatDay(last)},
          {"reference", ReferenceText(found.reference)},
          {"notes", found.notes},
          {"warnings", found.warnings},
          {"units", units}};
}

// The units of a source, with what its tasks are to be told beside the flags.
std::string Units(const Arguments& arguments) {
  std::string report;
  const auto plan = [&](const RunFlags* flags) -> arrow::Status {
    const RunOptions& options = flags->options;
    ARROW_ASSIGN_OR_RAISE(const SourceUnits found, PlanSourceUnits(options));
    json out = JsonOf(found);
    out["to"] = options.target;
    out["target"] = ShownTarget(options.target);
    out["schema"] = options.sink.schema;
    out["staged_in"] = StagedIn(options.target);
    out["threads"] = std::max(1, options.threads);
    out["memory_limit"] = options.memory_limit_bytes.value_or(kDefaultMemoryBytes);
    report = out.dump(-1, ' ', false, json::error_handler_t::replace);
    return arrow::Status::OK();
  };
  RunWithFlags(arguments, FinishFlagsOfOthers, plan);
  return report;
}

// Calls `work` with the options that the flags make, and those of their target.
void WithTarget(const Arguments& arguments,
                const std::function<arrow::Status(const RunOptions&, const SinkOptions&)>& work) {
  RunWithFlags(arguments, FinishFlagsWithoutInput,
               [&](const RunFlags* flags) { return work(flags->options, SinkOptionsOf(flags->options)); });
}

// Whose rows, of which days and kinds: all as flags.
arrow::Result<RunScope> ScopeOf(const RunOptions& options) {
  if (!options.source || !options.start || !options.end)
    return UsageError("source, start and end are missing");
  return RunScope{{*options.source, options.report_period_id, options.cluster_id, options.cluster_alias},
                  *options.start,
                  *options.end,
                  options.rows};
}

// Does a unit: of the inputs, or of the partial states that were made of them. Its rows are staged in the
// target, in a database under the id of `unit`. Returns the closing report and the rows' checksum.
std::pair<std::string, std::string> Stage(const Arguments& arguments, std::optional<int64_t> unit,
                                          const std::optional<std::vector<nb::bytes>>& partials) {
  const auto states = partials ? BuffersOf(*partials) : std::vector<PartialBytes>();
  std::pair<std::string, std::string> done;
  const auto work = [&](RunFlags* flags) -> arrow::Status {
    RunOptions& options = flags->options;
    const SinkOptions sink_options = SinkOptionsOf(options);
    std::unique_ptr<UnitSink> sink;
    if (unit) {
      sink = MakeStagingSink(options.target, sink_options, *unit);
    } else {
      ARROW_ASSIGN_OR_RAISE(sink, MakeDaysSink(options.target, sink_options));
    }
    const std::string target = ShownTarget(options.target);
    options.target.clear();  // the reference data are all there is: a database is not asked
    ARROW_ASSIGN_OR_RAISE(const RunResult result, partials ? FinalizePartials(options, states, sink.get())
                                                           : RunInto(options, sink.get()));
    done = {ClosingJson(result, target), sink->checksum()};
    return arrow::Status::OK();
  };
  RunWithFlags(arguments, partials ? FinishFlagsWithoutInput : FinishFlags, work);
  return done;
}

using GivenUnit = std::tuple<std::string, std::string, std::string, std::string>;  // StagedUnit

std::vector<std::pair<int64_t, std::string>> OpenStaging(const Arguments& arguments, const std::string& run,
                                                         const std::vector<GivenUnit>& given, bool resume) {
  std::vector<std::pair<int64_t, std::string>> found;
  WithTarget(arguments, [&](const RunOptions& options, const SinkOptions& sink) -> arrow::Status {
    std::vector<StagedUnit> units;
    for (const auto& [source, start, end, version] : given) {
      ARROW_ASSIGN_OR_RAISE(const Day first, DayOfFlag("day", start));
      ARROW_ASSIGN_OR_RAISE(const Day last, DayOfFlag("day", end));
      units.push_back({source, first, last, version});
    }
    ARROW_ASSIGN_OR_RAISE(const auto opened, PostgresStaging(options.target, sink, run).Open(units, resume));
    constexpr std::array kStates = {"planned", "staged", "replaced"};
    for (const OpenedUnit& unit : opened) {
      found.emplace_back(unit.id, kStates[static_cast<size_t>(unit.state)]);
    }
    return arrow::Status::OK();
  });
  return found;
}

int64_t ReplaceStaged(const Arguments& arguments, const std::string& run, int64_t units) {
  int64_t rows = 0;
  WithTarget(arguments, [&](const RunOptions& options, const SinkOptions& sink) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const RunScope scope, ScopeOf(options));
    return PostgresStaging(options.target, sink, run).Replace(scope, units).Value(&rows);
  });
  return rows;
}

void CloseStaging(const Arguments& arguments, const std::string& run) {
  WithTarget(arguments, [&](const RunOptions& options, const SinkOptions& sink) {
    return PostgresStaging(options.target, sink, run).Close();
  });
}

using GivenDirectory =
    std::tuple<std::string, std::string, std::string, int64_t, std::string>;  // DirectoryOfDays

void ReplaceByParts(const Arguments& arguments, const std::vector<GivenDirectory>& given) {
  WithTarget(arguments, [&](const RunOptions& options, const SinkOptions& sink) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const RunScope scope, ScopeOf(options));
    std::vector<DirectoryOfDays> parts;
    for (const auto& [directory, start, end, rows, checksum] : given) {
      ARROW_ASSIGN_OR_RAISE(const Day first, DayOfFlag("day", start));
      ARROW_ASSIGN_OR_RAISE(const Day last, DayOfFlag("day", end));
      parts.push_back({directory, first, last, rows, checksum});
    }
    return ReplaceByDirectories(options.target, sink, scope, parts);
  });
}

void ForgetParts(const Arguments& arguments, const std::string& run, const std::string& oldest) {
  WithTarget(arguments, [&](const RunOptions& options, const SinkOptions& sink) {
    return ForgetRuns(options.target, sink, run, oldest);
  });
}

}  // namespace

void AddUnitCalls(nb::module_& module) {
  module.def("hide_arguments", HideArguments);
  module.def("options", OptionsOf, nb::arg("arguments"));
  module.def("sources", Sources, nb::arg("arguments"), nb::arg("named"));
  module.def("units", Units, nb::arg("arguments"));
  module.def(
      "stage", Stage, nb::arg("arguments"), nb::arg("unit").none(), nb::arg("partials").none() = nb::none(),
      nb::sig("def stage(arguments: list[str], unit: int | None, partials: list[bytes] | None = None) -> "
              "tuple[str, str]"));
  module.def("open_staging", OpenStaging, nb::arg("arguments"), nb::arg("run"), nb::arg("units"),
             nb::arg("resume"));
  module.def("replace_staged", ReplaceStaged, nb::arg("arguments"), nb::arg("run"), nb::arg("units"));
  module.def("close_staging", CloseStaging, nb::arg("arguments"), nb::arg("run"));
  module.def("replace_by_directories", ReplaceByParts, nb::arg("arguments"), nb::arg("parts"));
  module.def("forget_runs", ForgetParts, nb::arg("arguments"), nb::arg("run"), nb::arg("oldest"));
}

}  // namespace costream
