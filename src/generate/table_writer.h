#pragma once

#include <arrow/result.h>
#include <arrow/status.h>
#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>

#include "generate/generate.h"
#include "generate/report_tables.h"

namespace costream {

// One open report file. Not thread-safe.
class ReportFile {
 public:
  virtual ~ReportFile() = default;
  // Parquet: `batch` becomes one row group.
  virtual arrow::Status Write(const arrow::RecordBatch& batch) = 0;
  // Returns the size of the file in bytes. The file is complete only after this.
  virtual arrow::Result<int64_t> Close() = 0;
};

// Snappy, with dictionaries for all columns but kMeasure ones and `plain_column`.
arrow::Result<std::unique_ptr<ReportFile>> OpenParquetFile(const std::string& path, const TableSpec& spec,
                                                           const std::string& plain_column,
                                                           std::shared_ptr<arrow::Schema> schema);
// As the operator writes it: times as `2025-11-01 00:00:00 +0000 UTC`, numbers with six decimals.
arrow::Result<std::unique_ptr<ReportFile>> OpenCsvFile(const std::string& path,
                                                       const std::shared_ptr<arrow::Schema>& schema);

// A report table: takes rows, writes them in row groups to the file of the day.
class ReportTable {
 public:
  ReportTable(TableSpec spec, GenerateFormat format, const std::string& plain_column);

  // Begins a file, in a directory that is made if missing. REQUIRES: none is open.
  arrow::Status Open(const std::string& path);
  // Appends a row of `texts()` (called only if the row's dictionary codes are not known yet) and `numbers`.
  template <typename TextsOf>
  arrow::Status Append(const Times& times, RowState& state, const Numbers& numbers, TextsOf&& texts) {
    if (!buffer_.HasCodes(state)) buffer_.Encode(texts(), state);
    buffer_.Append(times, state, numbers);
    ++rows_;
    return buffer_.rows() < kRowsPerGroup ? arrow::Status::OK() : Flush();
  }
  arrow::Status Close();

  int64_t rows() const { return rows_; }
  int64_t files() const { return files_; }
  int64_t bytes() const { return bytes_; }

 private:
  static constexpr int64_t kRowsPerGroup = 100'000;

  arrow::Status Flush();

  TableSpec spec_;
  GenerateFormat format_;
  std::string plain_column_;
  RowBuffer buffer_;
  std::unique_ptr<ReportFile> file_;
  int64_t rows_ = 0;
  int64_t files_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace costream
