// A summary that exists, read back wherever it is kept: day by day, so that no more than a day need be held.
#pragma once

#include <arrow/result.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.h"
#include "model/summary.h"
#include "source/s3.h"

namespace costream {

// Views hold until the call that got the row returns.
struct StoredRow {
  // By SummaryColumn, nothing is null: dates as 2025-11-01, ids as digits, labels as they are spelled.
  std::array<std::optional<std::string_view>, kFirstMeasure> texts;
  std::array<double, kSummaryMeasures> measures;  // by SummaryMeasure, NaN is null
};

using TakeRow = std::function<arrow::Status(const StoredRow&)>;

// Not thread-safe. What cannot be read is an input error that names the file, line or row group, and column;
// of stores and databases without access a usage error, not to be reached now a transient error.
class SummaryReader {
 public:
  virtual ~SummaryReader() = default;
  // By position in SummarySchema(): whether it has the column. One that it has not reads as null.
  virtual const std::vector<bool>& columns() const = 0;
  // Those that have rows, ascending.
  virtual arrow::Result<std::vector<Day>> Days() = 0;
  // The rows of a day, in an order that is the same each time.
  virtual arrow::Status Read(Day day, const TakeRow& take) = 0;
};

// How stores and databases are read.
struct SummaryAccess {
  S3Settings s3 = {};
  std::string schema = "public";  // of the table in PostgreSQL
};

// "x.parquet", a directory of Parquet files, "x.csv" (null as an empty unquoted field, or as \N), those in S3
// (s3://bucket/...), and tables: "sqlite:x", "x.db" or "x.sqlite", "postgresql://..." (rows of a cost model
// or a cloud bill left out). Usage error for any other name; input error where it is not there or has no
// column usage_start.
arrow::Result<std::unique_ptr<SummaryReader>> OpenSummary(const std::string& name,
                                                          const SummaryAccess& access = {});

}  // namespace costream
