// Rows of one report, decoded into the columns that a run needs. What every reader makes and the aggregation
// takes.
//
// A batch holds only rows that count: inside the days of the run, anomalies dropped. Columns that the input
// lacks are filled with null. Texts are codes into dictionaries that only grow while they live; code 0 is
// null. A measure's NaN is null: readers turn a NaN of the input into infinity, which is an anomaly as well.
#pragma once

#include <arrow/result.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.h"
#include "base/error.h"
#include "model/report.h"

namespace costream {

// The texts of one column. Label columns hold the raw text; all others clean UTF-8. A text may have several
// codes.
struct TextDictionary {
  std::vector<std::string_view> texts{1};  // by code; the first stands for null
  std::vector<uint8_t> repaired;           // by code: held invalid UTF-8 or NUL; empty where none did
  uint64_t generation = 0;                 // distinct for every dictionary of the process
};

struct UsageBatch {
  ReportKind kind = ReportKind::kPod;
  Granularity granularity = Granularity::kHourly;
  ColumnSet columns;  // those asked for; others are empty
  int64_t rows = 0;
  std::vector<int64_t> time_micros;  // interval_start, UTC
  std::array<std::vector<uint32_t>, kTextFields> codes;
  std::array<std::shared_ptr<const TextDictionary>, kTextFields> dictionaries;
  std::array<std::vector<double>, kMeasures> measures;  // NaN is null
  int64_t first_source_row = 0;     // of the input, counted from 0 within its row group or file
  std::vector<int64_t> source_row;  // by row; empty where the batch has all rows from the first on

  int64_t SourceRowOf(int64_t row) const {
    return source_row.empty() ? first_source_row + row : source_row[row];
  }

  const std::vector<uint32_t>& CodesOf(TextField field) const { return codes[static_cast<size_t>(field)]; }
  const TextDictionary& DictionaryOf(TextField field) const {
    return *dictionaries[static_cast<size_t>(field)];
  }
  const std::vector<double>& ValuesOf(Measure measure) const {
    return measures[static_cast<size_t>(measure)];
  }
};

// Batches of this size keep all their columns in the second-level cache.
inline constexpr int64_t kLargestBatchRows = 4096;

// What happened to rows on the way in.
struct DecodeCounts {
  int64_t rows_read = 0;
  int64_t rows_outside = 0;  // of other days than the run's
  int64_t rows_anomalous = 0;
  int64_t rows_repaired = 0;  // with text (labels apart) that is no UTF-8
  int64_t bytes_read = 0;     // of the file

  DecodeCounts& operator+=(const DecodeCounts& other);
};

struct DecodeOptions {
  ColumnSet columns;
  Day first_day = 0, last_day = 0;         // inclusive; of the years 1 to 9999
  int64_t batch_rows = kLargestBatchRows;  // at most
  // Those of `columns` that rows of a day are needed for, by day - columns_from; all of them on other days.
  // Rows of a day without any are dropped. An anomaly elsewhere in a row does not drop it, so that it does
  // not matter which days share a row group.
  std::vector<ColumnSet> columns_of_day;
  Day columns_from = 0;
  // For comparison only, neither shows in a batch's rows. Off: text of a Parquet dictionary is looked up cell
  // by cell, as any other.
  bool keeps_dictionaries = true;
  bool reads_all_columns = false;  // those that nobody needs, too; what is in them is dropped

  const ColumnSet& ColumnsOn(Day day) const {
    const int64_t index = int64_t{day} - columns_from;
    return index < 0 || index >= static_cast<int64_t>(columns_of_day.size()) ? columns
                                                                             : columns_of_day[index];
  }
};

// A stream of batches. Not thread-safe.
class BatchReader {
 public:
  virtual ~BatchReader() = default;
  // Fills the batch; false at the end. A batch may have no rows.
  virtual arrow::Result<bool> Next(UsageBatch* batch) = 0;
  // Of an error in a row.
  virtual ErrorPlace Where(int64_t source_row) const = 0;
  virtual const DecodeCounts& counts() const = 0;
};

}  // namespace costream
