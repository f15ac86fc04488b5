// Hourly rows of one report and day: text cells -> the columns of the hourly Parquet table.
#pragma once

#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.h"
#include "model/report.h"

namespace costream {

// The columns of a report file: times are timestamps, the report's measures doubles, all else is text. Every
// column of the file is kept.
struct ReportColumns {
  struct Column {
    std::string name;
    enum class Type { kTime, kMeasure, kText } type;
    bool anomaly_checked = false;
  };
  ReportKind kind = ReportKind::kPod;
  std::vector<Column> columns;
  size_t interval_start = 0;  // number of that column

  std::shared_ptr<arrow::Schema> Schema() const;
  // Names of the measures: many distinct values, so that a dictionary does not pay.
  std::vector<std::string> Measures() const;
};

// Input error that names the file where a required column is missing or a name occurs twice.
arrow::Result<ReportColumns> ReportColumnsOf(ReportKind kind, const std::vector<std::string>& header,
                                             const std::string& file);

// Some rows of the file, checked: anomalies are left out (spec: "Anomalies").
struct ReportRows {
  int64_t rows = 0;
  std::vector<std::vector<int64_t>> times;           // by column; microseconds, kNoTime for null
  std::vector<std::vector<double>> measures;         // by column; NaN for null
  std::vector<std::vector<std::string_view>> texts;  // by column; into `cells` and `repaired`
  std::vector<uint8_t> anomalous;                    // by row
  int64_t rows_repaired = 0;                         // with text that is no UTF-8
  std::shared_ptr<arrow::RecordBatch> cells;
  std::vector<std::unique_ptr<std::string>> repaired;
};

inline constexpr int64_t kNoTime = INT64_MIN;

// `cells`: binary columns as ReportColumns has them. An error tells the row, counted from 0, and what is
// wrong.
struct BadCell {
  int64_t row = 0;
  std::string what;
};
std::optional<BadCell> ReadReportRows(const ReportColumns& columns,
                                      const std::shared_ptr<arrow::RecordBatch>& cells, ReportRows* rows);

// Collects the rows of a day. Not thread-safe.
class DayBuffer {
 public:
  explicit DayBuffer(const ReportColumns* columns);
  arrow::Status Append(const ReportRows& rows, int64_t row);
  int64_t rows() const { return rows_; }
  // The rows so far, text as dictionaries; the buffer is empty afterwards.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Finish();

 private:
  void Renew();

  const ReportColumns& columns_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  int64_t rows_ = 0;
};

}  // namespace costream
