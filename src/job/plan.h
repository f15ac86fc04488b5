// From the inputs to units of work: which files and row groups are read, for which days, and what for.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aggregate/day_state.h"
#include "job/options.h"
#include "source/inputs.h"
#include "source/superseded.h"

namespace costream {

using UnitOpener = std::function<arrow::Result<std::unique_ptr<BatchReader>>(const DecodeOptions&)>;

// A file or row group, read once by one worker.
struct Unit {
  ReportKind kind = ReportKind::kPod;
  Granularity granularity = Granularity::kHourly;
  Day first_day = 0, last_day = 0;  // that it can hold, inside the run's days
  int64_t bytes = 0;
  int64_t rows = 0;                          // 0: not known before it is read
  InputFilePtr file;                         // none of a stream
  std::optional<Layout> layout;              // of a Parquet file, where its path is of one
  std::shared_ptr<const Manifest> manifest;  // of a payload's report
  std::optional<DeliveryFacts> delivery;     // of a Parquet file whose metadata tell it
  std::set<Day> superseded;                  // days whose rows do not count
  ColumnSet columns;
  std::vector<ColumnSet>
      columns_of_day;  // by day - first_day; `columns` is their union; none: rows do not count
  UnitOpener open;
  // Stored bytes that reading it takes.
  std::function<int64_t(const ColumnSet&)> bytes_of_columns;  // none: all that it has
  bool reopens = true;                                        // whether it can be opened more than once
  bool remote = false;                                        // see UnitsAhead
};

// A report as a stream, for the library.
struct StreamInput {
  ReportKind kind = ReportKind::kPod;
  Granularity granularity = Granularity::kHourly;
  UnitOpener open;
};

// What rows of one day are taken for, by report and granularity.
struct DayRoles {
  std::array<bool, 2> pod_usage{}, pod_capacity{}, pod_mounts{}, storage{}, node_labels{}, namespace_labels{};
};

// Files of a table whose rows are not needed, since another table serves.
struct UnreadTable {
  Table table;
  int64_t files = 0, rows = 0;  // of the run's days; rows as Plan's
};

struct Plan {
  Day first_day = 0, last_day = 0;
  std::vector<Unit> units;      // in order of work: of a day, labels and storage before pods
  std::vector<DayRoles> roles;  // by day - first_day
  RunIdentity identity;
  std::optional<std::string> manifest_cluster_id;  // where flags and the reference file name none
  Month month;
  std::vector<std::string> notes, warnings;
  std::vector<SupersededFile> superseded;  // by name
  std::vector<UnreadTable> unread;
  int64_t files = 0;
  int64_t row_group_bytes = 0;  // of the largest row group, compressed
  int64_t rows = 0;             // by footers; CSV files are estimated by size
  const DayRoles& RolesOf(Day day) const { return roles[day - first_day]; }
};

// Opens footers, decides the month, the source and the table of each report and day. Reads rows only where a
// choice between daily and hourly depends on them.
arrow::Result<Plan> MakePlan(const RunOptions& options, const ReferenceData& reference);

// The same for streams, which are read once: options.inputs is not looked at. Where a report has both hourly
// and daily streams, both are taken to hold every day.
arrow::Result<Plan> MakeStreamPlan(const RunOptions& options, const ReferenceData& reference,
                                   const std::vector<StreamInput>& streams);

}  // namespace costream
