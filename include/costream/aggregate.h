// The engine as a library: reports as Arrow data in, daily summary rows out (docs/output.md).
//
// Two ways in, one engine, the same bytes out: AggregateStreaming takes streams and keeps one state per
// day; Aggregate takes whole tables. Every accepted Arrow type of docs/semantics.md may be used for a
// column; columns may come in any order, further ones are ignored. Thread-safe; the calls block. They log by
// spdlog's default logger.
//
// Memory has a limit: past it AggregateStreaming spills to TMPDIR and Aggregate fails.
//
// Errors: an arrow::Status whose message names the report, row and column.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/table.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace costream {

enum class Report { kPodUsage, kStorageUsage, kNodeLabels, kNamespaceLabels };

// One report of the source. Several of one kind add up.
struct ReportStream {
  Report report = Report::kPodUsage;
  bool daily = false;  // rows of the daily table
  std::shared_ptr<arrow::RecordBatchReader> reader;
};

struct ReportTable {
  Report report = Report::kPodUsage;
  bool daily = false;
  std::shared_ptr<arrow::Table> table;
};

struct AggregateOptions {
  std::string source;          // source_uuid of every row
  std::string month;           // "2025-11"
  std::string start, end;      // "2025-11-03", inclusive; empty: the whole month
  std::string reference_file;  // JSON as `costream run --reference` takes it; empty: none
  // Of every row; they beat the reference file.
  std::optional<std::string> cluster_id, cluster_alias;
  std::optional<int64_t> report_period_id;
  bool pod_rows = true, storage_rows = true, unallocated_rows = true;
  int64_t chunk_size = 50'000;  // rows aggregated at a time
  int threads = 1;
  // Memory that the call may take beside what the process has already, batches and rows of the caller apart;
  // days that need more go to temporary files. AggregateStreaming: 128 MiB where nothing is said; Aggregate:
  // no limit.
  std::optional<int64_t> memory_limit_bytes;
  // Asked between batches, from any of the threads; once it says true the call ends with an error.
  std::function<bool()> cancelled;
};

// The rows in the documented order, in the schema of docs/output.md. Where both hourly and daily pod (or
// storage) rows are given, usage comes from the daily ones and capacity from the hourly ones: a stream cannot
// be looked through beforehand, so both must hold the same days.
arrow::Result<std::shared_ptr<arrow::Table>> AggregateStreaming(const std::vector<ReportStream>& reports,
                                                                const AggregateOptions& options);

arrow::Result<std::shared_ptr<arrow::Table>> Aggregate(const std::vector<ReportTable>& reports,
                                                       const AggregateOptions& options);

}  // namespace costream
