#include "job/pipeline.h"

#include <arrow/memory_pool.h>

#include <chrono>
#include <numeric>

#include "base/error.h"
#include "base/machine.h"
#include "base/process_memory.h"
#include "base/units.h"
#include "job/aggregator.h"
#include "job/background_writer.h"
#include "job/log.h"
#include "job/plan.h"
#include "job/validating_sink.h"
#include "source/postgres_target.h"
#include "source/reference_json.h"
#include "source/reference_postgres.h"

namespace costream {
namespace {

class Stopwatch {
 public:
  double Lap() {
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    return seconds;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

int64_t RowsWritten(const SummaryTotals& totals) {
  return std::accumulate(totals.rows.begin(), totals.rows.end(), int64_t{0});
}

void ChooseMode(const RunOptions& options, int64_t rows, RunResult* result) {
  if (options.mode != Mode::kAuto) {
    result->mode = options.mode;
    result->mode_reason = "asked for";
    return;
  }
  const bool large = rows > options.streaming_threshold_rows;
  result->mode = large ? Mode::kStreaming : Mode::kInMemory;
  result->mode_reason = fmt::format("the input has about {} rows, {} the threshold of {}", rows,
                                    large ? "more than" : "not more than", options.streaming_threshold_rows);
}

// Hours without a pod row between the first and the last hour that has one.
void FindMissingHours(const Plan& plan, const std::vector<uint32_t>& seen, RunResult* result) {
  const auto has = [&](size_t hour) { return (seen[hour / 24] >> (hour % 24)) & 1; };
  size_t first = 0, last = seen.size() * 24;
  while (first < last && !has(first)) ++first;
  while (last > first && !has(last - 1)) --last;
  for (size_t day = 0; day < seen.size(); ++day) {
    std::string hours;
    for (size_t hour = day * 24; hour < (day + 1) * 24; ++hour) {
      if (hour < first || hour >= last || has(hour)) continue;
      hours += fmt::format("{}{:02}", hours.empty() ? "" : ", ", hour % 24);
      ++result->missing_hour_count;
    }
    if (!hours.empty()) {
      result->missing_hours.push_back(
          fmt::format("{}: {}", FormatDay(plan.first_day + static_cast<Day>(day)), hours));
    }
  }
}

void Describe(const Plan& plan, const Aggregator& aggregator, RunResult* result) {
  result->source = plan.identity.source;
  result->cluster_id = plan.identity.cluster_id;
  result->month = plan.month;
  result->start = plan.first_day;
  result->end = plan.last_day;
  result->totals = aggregator.totals();
  result->counts = aggregator.counts();
  result->files = plan.files;
  result->units = static_cast<int64_t>(plan.units.size());
  result->days_with_rows = static_cast<int64_t>(aggregator.days_with_rows().size());
  FindMissingHours(plan, aggregator.hours_seen(), result);
  const DecodeCounts& counts = result->counts;
  if (counts.rows_anomalous > 0) {
    result->warnings.push_back(
        fmt::format("{} rows are anomalies (a measure not finite or above 1e18) and were dropped",
                    counts.rows_anomalous));
  }
  if (counts.rows_repaired > 0) {
    result->warnings.push_back(fmt::format(
        "{} rows hold text that is no valid UTF-8 or has U+0000; replaced by U+FFFD", counts.rows_repaired));
  }
  if (counts.rows_read == counts.rows_outside) {
    result->warnings.push_back(fmt::format("no row of {} to {} in the input; the summary is empty",
                                           FormatDay(plan.first_day), FormatDay(plan.last_day)));
  }
  result->peak_resident_bytes = PeakResidentBytes();
}

// The end of the last hour that has a pod row.
int64_t InputEnd(const Plan& plan, const std::vector<uint32_t>& seen) {
  size_t hours = seen.size() * 24;
  while (hours > 0 && !((seen[(hours - 1) / 24] >> ((hours - 1) % 24)) & 1)) --hours;
  return plan.first_day * kMicrosPerDay + static_cast<int64_t>(hours) * kMicrosPerHour;
}

// The reference file's part; a database can only be asked when source and month are known.
arrow::Result<ReferenceData> LoadReference(const RunOptions& options) {
  if (options.reference.empty() || IsPostgresTarget(options.reference)) return ReferenceData();
  return ReadReferenceJson(options.reference);
}

// What flags and the reference file leave out, from the database that is named, else from that of the target.
arrow::Status AddFromDatabase(const RunOptions& options, ReferenceData* reference, Plan* plan) {
  const bool named = IsPostgresTarget(options.reference);
  if (!named && !IsPostgresTarget(options.target)) return arrow::Status::OK();
  RunIdentity& identity = plan->identity;
  reference->report_period_id = identity.report_period_id;
  reference->cluster_id = identity.cluster_id;
  reference->cluster_alias = identity.cluster_alias;
  if (IsComplete(*reference)) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto database,
                        Postgres::Connect(named ? options.reference : options.target, options.cancelled));
  ARROW_RETURN_NOT_OK(AddFromDatabase(database.get(), options.sink.schema, named, identity.source,
                                      plan->month, reference, &plan->notes));
  identity.report_period_id = reference->report_period_id;
  identity.cluster_id = reference->cluster_id;
  identity.cluster_alias = reference->cluster_alias;
  return arrow::Status::OK();
}

// What only the payloads say.
void AddFromManifest(Plan* plan) {
  auto& cluster = plan->identity.cluster_id;
  const auto& manifest = plan->manifest_cluster_id;
  if (!cluster) cluster = manifest;
  if (manifest && cluster != manifest) {
    plan->warnings.push_back(
        fmt::format("the payloads are of cluster {}: rows carry cluster id {}", *manifest, *cluster));
  }
}

// `make_plan` takes the reference data so far; the database and the manifests fill in what is left.
template <typename Make>
arrow::Result<PlannedRun> PlanWith(const RunOptions& options, Make make_plan) {
  EnterPhase("plan");
  Stopwatch phase;
  PlannedRun planned;
  ARROW_ASSIGN_OR_RAISE(planned.reference, LoadReference(options));
  ARROW_ASSIGN_OR_RAISE(planned.plan, make_plan(planned.reference));
  ARROW_RETURN_NOT_OK(AddFromDatabase(options, &planned.reference, &planned.plan));
  const Plan& plan = planned.plan;
  AddFromManifest(&planned.plan);
  if (options.on_planned) options.on_planned(plan.identity, plan.month);
  LogPhaseEnd(
      plan.rows, phase.Lap(),
      fmt::format("source {}, {} to {}: {} files, {} units of work", plan.identity.source,
                  FormatDay(plan.first_day), FormatDay(plan.last_day), plan.files, plan.units.size()));
  return planned;
}

}  // namespace

FinalizeOptions FinalizeOptionsOf(const RunOptions& options, const PlannedRun& planned) {
  const ReferenceData& reference = planned.reference;
  return {planned.plan.identity,
          options.cost_categories ? reference.cost_categories.value_or(std::vector<CostCategory>())
                                  : std::vector<CostCategory>(),
          RoleTable(reference.node_roles.value_or(std::vector<NodeRole>())), options.rows};
}

arrow::Result<RunResult> RunPlanned(const RunOptions& options, const PlannedRun& planned, Sink* sink) {
  EnterPhase("aggregate");
  const auto& [reference, plan] = planned;
  RunResult result;
  Stopwatch total, phase;
  ARROW_ASSIGN_OR_RAISE(MemoryLimit memory,
                        MemoryLimit::Make(options.memory_limit_bytes, options.spill_folder,
                                          options.in_own_process ? MemoryOf::kProcess : MemoryOf::kState));
  result.memory_limit_bytes = memory.bytes();
  MemoryLimit::Release();  // what loading and planning left behind
  if (!reference.enabled_tag_keys) {
    result.notes.push_back("no enabled tag keys were given (--reference): every label key is enabled");
  }
  for (const auto& note : plan.notes) result.notes.push_back(note);
  result.warnings = plan.warnings;
  result.superseded = plan.superseded;
  for (const auto& [file, rows] : plan.superseded) Log()->info("superseded: {} rows of {}", rows, file);
  ChooseMode(options, plan.rows, &result);
  const bool in_memory = result.mode == Mode::kInMemory;
  Log()->info("mode {}: {}", in_memory ? "in-memory" : "streaming", result.mode_reason);

  const FinalizeOptions finalize = FinalizeOptionsOf(options, planned);
  const LabelFilter filter(reference.enabled_tag_keys);
  const int wanted = options.threads > 0 ? options.threads : AvailableProcessors();
  const int threads = memory.Threads(wanted, plan.row_group_bytes);
  if (threads < wanted) {
    result.notes.push_back(fmt::format("{} of {} threads: more do not fit into {} MiB (--memory-limit)",
                                       threads, wanted, memory.bytes() >> 20));
  }
  std::unique_ptr<Sink> validating;
  const bool has_report = IsStaticReport(options.expected_file);
  if (has_report) {  // one that cannot be used is told now; the input's end, later known, makes no difference
    const ReportPeriod month{plan.first_day, plan.last_day, (plan.last_day + 1) * kMicrosPerDay};
    ARROW_RETURN_NOT_OK(ReadStaticReport(options.expected_file, month).status());
  }
  SummedRows sums;
  if (!options.expected_file.empty() && !has_report) {
    SummaryAccess access{options.s3, options.sink.schema};
    access.s3.cancelled = options.cancelled;
    validating = MakeValidatingSink(sink, options.expected_file, access, memory.spill_folder());
    sink = validating.get();
  }
  ARROW_RETURN_NOT_OK(sink->Begin({plan.identity, plan.first_day, plan.last_day, options.rows}));
  const auto write = [&](const auto& batch) {
    if (has_report) sums.Add(*batch);
    ARROW_RETURN_NOT_OK(sink->Write(batch));
    memory.SetAside(sink->HeldBytes());
    return arrow::Status::OK();
  };
  BackgroundWriter writer(write, threads > 1);
  RowBuilder rows(&finalize.identity, [&](const auto& batch) { return writer.Write(batch); });
  Aggregator aggregator(&plan, &options, &finalize, &filter, &memory, &rows);
  ARROW_RETURN_NOT_OK(aggregator.Run(in_memory, threads));
  ARROW_RETURN_NOT_OK(rows.Flush());
  ARROW_RETURN_NOT_OK(writer.Finish());
  result.seconds.aggregate = phase.Lap();
  LogPhaseEnd(
      aggregator.counts().rows_read, result.seconds.aggregate,
      fmt::format("aggregated {} rows in {:.2f} s", aggregator.counts().rows_read, result.seconds.aggregate));
  if (options.cancelled && options.cancelled()) return MakeError(ErrorKind::kCancelled, "stopped");
  if (has_report) {
    const ReportPeriod period{plan.first_day, plan.last_day, InputEnd(plan, aggregator.hours_seen())};
    ARROW_ASSIGN_OR_RAISE(const auto fixed, ReadStaticReport(options.expected_file, period));
    ARROW_ASSIGN_OR_RAISE(result.checked, CheckTotals(options.expected_file, fixed, sums, options.rows));
  }
  EnterPhase("commit");
  ARROW_RETURN_NOT_OK(sink->Commit(aggregator.days_with_rows()));
  result.seconds.commit = phase.Lap();
  result.seconds.total = total.Lap();
  result.spilled_bytes = aggregator.spilled_bytes();
  Describe(plan, aggregator, &result);
  for (const auto& note : result.notes) Log()->info("{}", note);
  for (const auto& warning : result.warnings) Log()->warn("{}", warning);
  const int64_t written = RowsWritten(result.totals);
  LogPhaseEnd(written, result.seconds.commit,
              fmt::format("committed {} rows in {:.2f} s", written, result.seconds.commit));
  EnterPhase("");
  return result;
}

arrow::Result<PlannedRun> PlanRun(const RunOptions& options) {
  return PlanWith(options, [&](const ReferenceData& reference) { return MakePlan(options, reference); });
}

arrow::Result<PlannedRun> PlanStreams(const RunOptions& options, const std::vector<StreamInput>& streams) {
  return PlanWith(
      options, [&](const ReferenceData& reference) { return MakeStreamPlan(options, reference, streams); });
}

SinkOptions SinkOptionsOf(const RunOptions& options) {
  SinkOptions sink = options.sink;
  if (options.cancelled) sink.cancelled = options.cancelled;
  sink.s3 = options.s3;
  sink.s3.cancelled = options.cancelled;
  sink.tell = [](const std::string& what) { Log()->info("{}", what); };
  return sink;
}

arrow::Result<std::unique_ptr<Sink>> SinkOf(const RunOptions& options) {
  return MakeSink(options.target, SinkOptionsOf(options));
}

arrow::Result<RunResult> Run(const RunOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto sink, SinkOf(options));
  return RunInto(options, sink.get());
}

arrow::Result<RunResult> RunInto(const RunOptions& options, Sink* sink) {
  Stopwatch phase;
  ARROW_ASSIGN_OR_RAISE(const PlannedRun run, PlanRun(options));
  const double planned = phase.Lap();
  ARROW_ASSIGN_OR_RAISE(RunResult result, RunPlanned(options, run, sink));
  result.seconds.plan = planned;
  result.seconds.total += planned;
  return result;
}

arrow::Result<RunResult> RunStreams(const RunOptions& options, const std::vector<StreamInput>& streams,
                                    Sink* sink) {
  ARROW_ASSIGN_OR_RAISE(const PlannedRun planned, PlanStreams(options, streams));
  return RunPlanned(options, planned, sink);
}

}  // namespace costream
