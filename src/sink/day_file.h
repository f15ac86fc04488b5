// The file of a day in a partitioned directory: its rows by kind, and a new one beside it.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <functional>
#include <memory>
#include <string>

#include "model/summary.h"
#include "sink/parquet_rows.h"

namespace costream {

// The kind of a batch's row: Unallocated rows are Pod rows without pod labels. Texts as dictionaries.
RowKind KindOfRow(const arrow::RecordBatch& batch, int64_t row);

bool Holds(const RowKindSet& kinds, RowKind kind);

// The rows of these kinds, in their order, in batches of SummaryBatchSchema() of one kind each, for a file
// with such measures: for decimals, those that the file has as decimals stay. Nothing where there is no such
// file.
arrow::Status ReadDayFile(const std::string& path, const RowKindSet& kinds, MeasureType measures,
                          const std::function<arrow::Status(const arrow::RecordBatch&)>& take);

// A file that is being written.
class NewDayFile {
 public:
  static arrow::Result<std::unique_ptr<NewDayFile>> Create(const std::string& path, MeasureType measures);
  ~NewDayFile();

  arrow::Status Write(const arrow::RecordBatch& batch);
  int64_t rows() const { return rows_; }
  // Complete and durable.
  arrow::Status Finish();

 private:
  explicit NewDayFile(int fd) : fd_(fd) {}

  const int fd_;
  int64_t rows_ = 0;
  std::shared_ptr<arrow::io::OutputStream> stream_;
  std::unique_ptr<ParquetRows> writer_;
};

}  // namespace costream
