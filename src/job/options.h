// What a run is asked to do, and what it tells afterwards. Plain data.
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/date.h"
#include "decode/usage_batch.h"
#include "merge/finalize_day.h"
#include "sink/sink.h"
#include "source/layout.h"
#include "source/payload.h"
#include "source/s3.h"
#include "summary/static_report.h"

namespace costream {

enum class Mode { kAuto, kStreaming, kInMemory };
enum class UsageFrom { kAuto, kHourly, kDaily };

struct Progress {
  int64_t bytes_done = 0, bytes_total = 0;
  int64_t rows = 0;
  int64_t resident_bytes = 0;
};

// Where the numbers of runs go (job/metrics.h). Empty: nowhere.
struct MetricsTarget {
  std::string file;      // of the text format of Prometheus
  std::string push_url;  // of a Pushgateway
};

struct RunOptions {
  std::vector<std::string> inputs;
  std::optional<Layout> layout;  // of Parquet trees; found by looking where not named
  PayloadLimits payload_limits;
  S3Settings s3 = {};
  std::string reference;  // a JSON file or postgresql://...; empty: none, or the database of the target
  // Flags beat the reference file, which beats what paths and manifests say.
  std::optional<std::string> source, org, cluster_id, cluster_alias;
  std::optional<int64_t> report_period_id;
  std::optional<Month> month;
  std::optional<Day> start, end;
  std::string target;  // see MakeSink
  SinkOptions sink;
  // A summary that the rows must equal (ValidatingSink), or a static report (x.yml) that fixes totals of
  // theirs (ReadStaticReport); empty: none.
  std::string expected_file;
  Mode mode = Mode::kAuto;
  int64_t streaming_threshold_rows = 50'000;
  int64_t chunk_size = 50'000;                // rows a batch
  int threads = 0;                            // 0: as many as the machine has
  std::optional<int64_t> memory_limit_bytes;  // see MemoryLimit
  bool in_own_process = true;                 // else the limit is of the state of days
  std::string spill_folder;                   // empty: TMPDIR, else /tmp
  int64_t spill_limit_bytes = std::numeric_limits<int64_t>::max();
  RowKindSet rows;
  bool cost_categories = true;  // whether rows get a cost_category_id
  UsageFrom usage_from = UsageFrom::kAuto;
  bool use_categorical = true;                       // DecodeOptions::keeps_dictionaries
  bool column_filtering = true;                      // off: DecodeOptions::reads_all_columns
  bool trust_paths = false;                          // prune files by year=, month= and day= of their path
  std::function<void(const Progress&)> on_progress;  // called from worker threads, one at a time
  std::function<bool()> cancelled;                   // asked between batches
  std::function<void(const RunIdentity&, Month)>
      on_planned;         // whose reports they are, as soon as it is known
  MetricsTarget metrics;  // for WriteMetrics, which the caller of Run calls
};

// Seconds of wall time.
struct PhaseSeconds {
  double plan = 0, aggregate = 0, commit = 0, total = 0;
};

// A file some or all of whose rows do not count, since newer data has come for their days.
struct SupersededFile {
  std::string file;
  int64_t rows = 0;  // of the run's days
};

struct RunResult {
  std::string source;
  std::optional<std::string> cluster_id;
  Month month;
  Day start = 0, end = 0;
  Mode mode = Mode::kStreaming;
  std::string mode_reason;
  SummaryTotals totals;
  std::vector<CheckedTotal> checked;  // where a static report was expected
  DecodeCounts counts;
  int64_t files = 0, units = 0;
  std::vector<std::string> notes, warnings;
  std::vector<SupersededFile> superseded;
  std::vector<std::string> missing_hours;  // "2025-11-03: 04, 05"
  int64_t missing_hour_count = 0;
  int64_t days_with_rows = 0;
  PhaseSeconds seconds;
  int64_t peak_resident_bytes = 0;
  int64_t memory_limit_bytes = 0;
  int64_t spilled_bytes = 0;
};

}  // namespace costream
