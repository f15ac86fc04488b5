// What a run would do, for those who look before they leap: what it reads, and what it replaces.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "job/pipeline.h"

namespace costream {

// A table as far as it is read.
struct TableRead {
  Table table;
  int64_t files = 0;
  int64_t row_groups = 0;       // 0: of CSV files
  int64_t rows = 0;             // of CSV files estimated by their size
  int64_t bytes = 0;            // as they are stored, of the columns that are needed
  bool rows_estimated = false;  // of any of its files
};

// What the tables serve.
enum Served : int {
  kServedUsage,
  kServedCapacity,
  kServedStorage,
  kServedNodeLabels,
  kServedNamespaceLabels
};
inline constexpr int kServedThings = 5;
using TableOfServed = std::array<std::optional<Granularity>, kServedThings>;  // nothing: no table has it

struct DaysServed {
  Day first = 0, last = 0;
  TableOfServed from;
};

struct Preview {
  RunScope scope;
  Month month;
  std::set<std::string> layouts;  // "csv", "payload", "flat", "koku", "parquet" (outside of both layouts)
  std::vector<TableRead> tables;
  std::vector<UnreadTable> unread;
  std::vector<DaysServed> days;  // neighbours that are alike as one, ascending
  std::vector<SupersededFile> superseded;
  ExistingRows existing;
  std::vector<std::string> notes, warnings;
};

// The same of a plan that is there; `existing` stays empty.
arrow::Result<Preview> DescribePlan(const RunOptions& options, const Plan& plan);

// Changes nothing. Fails as the run would as far as looking tells.
arrow::Result<Preview> PreviewRun(const RunOptions& options);

}  // namespace costream
