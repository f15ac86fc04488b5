// The public API of include/costream/aggregate.h over the pipeline.
#include "costream/aggregate.h"

#include "base/error.h"
#include "base/process_memory.h"
#include "job/memory_limit.h"
#include "job/pipeline.h"
#include "job/report_streams.h"
#include "sink/table_sink.h"

namespace costream {
namespace {

arrow::Result<RunOptions> ToRunOptions(const AggregateOptions& options, Mode mode) {
  RunOptions run;
  if (!options.source.empty()) run.source = options.source;
  run.reference = options.reference_file;
  run.cluster_id = options.cluster_id;
  run.cluster_alias = options.cluster_alias;
  run.report_period_id = options.report_period_id;
  run.cancelled = options.cancelled;
  run.mode = mode;
  run.chunk_size = options.chunk_size;
  run.threads = options.threads;
  if (mode == Mode::kStreaming) {  // beside readers of the caller, who has memory of his own
    run.in_own_process = false;
    run.memory_limit_bytes = options.memory_limit_bytes;
  } else {  // what the process has so far is the caller's
    constexpr int64_t kNone = int64_t{1} << 60;
    run.memory_limit_bytes = ResidentBytes() + options.memory_limit_bytes.value_or(kNone);
  }
  run.rows = {options.pod_rows, options.storage_rows, options.unallocated_rows};
  if (!options.month.empty() && !(run.month = ParseMonth(options.month))) {
    return UsageError("month '{}': write it like 2025-11", options.month);
  }
  if (!options.start.empty() && !(run.start = ParseDay(options.start))) {
    return UsageError("start '{}': write it like 2025-11-01", options.start);
  }
  if (!options.end.empty() && !(run.end = ParseDay(options.end))) {
    return UsageError("end '{}': write it like 2025-11-30", options.end);
  }
  if (run.chunk_size < 1) return UsageError("chunk_size {}: must be at least 1", run.chunk_size);
  return run;
}

arrow::Result<std::shared_ptr<arrow::Table>> AggregateReports(const std::vector<ReportStream>& reports,
                                                              const AggregateOptions& options, Mode mode) {
  ARROW_ASSIGN_OR_RAISE(const RunOptions run, ToRunOptions(options, mode));
  ARROW_ASSIGN_OR_RAISE(const auto inputs, StreamInputsOf(reports));
  TableSink sink;
  ARROW_RETURN_NOT_OK(RunStreams(run, inputs, &sink));
  return sink.Finish();
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::Table>> AggregateStreaming(const std::vector<ReportStream>& reports,
                                                                const AggregateOptions& options) {
  return AggregateReports(reports, options, Mode::kStreaming);
}

arrow::Result<std::shared_ptr<arrow::Table>> Aggregate(const std::vector<ReportTable>& reports,
                                                       const AggregateOptions& options) {
  std::vector<ReportStream> streams;
  for (const ReportTable& report : reports) {
    if (!report.table) return UsageError("a report has no table");
    streams.push_back({report.report, report.daily, std::make_shared<arrow::TableBatchReader>(report.table)});
  }
  return AggregateReports(streams, options, Mode::kInMemory);
}

}  // namespace costream
