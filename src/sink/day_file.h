// The file of a day in a partitioned directory: its rows by kind, and a new one beside it.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <functional>
#include <memory>
#include <string>

#include "model/summary.h"
#include "sink/atomic_file.h"
#include "sink/parquet_rows.h"
#include "source/input_file.h"

namespace costream {

// The kind of a batch's row: Unallocated rows are Pod rows without pod labels. Texts as dictionaries.
RowKind KindOfRow(const arrow::RecordBatch& batch, int64_t row);

bool Holds(const RowKindSet& kinds, RowKind kind);

// The rows of these kinds, in their order, in batches of SummaryBatchSchema() of one kind each, for a file
// with such measures: for decimals, those that the file has as decimals stay. Nothing where there is no such
// file (null, too).
arrow::Status ReadDayFile(const InputFilePtr& file, const RowKindSet& kinds, MeasureType measures,
                          const std::function<arrow::Status(const arrow::RecordBatch&)>& take);

// A file that is being written.
class NewDayFile {
 public:
  static arrow::Result<std::unique_ptr<NewDayFile>> Create(std::unique_ptr<AtomicFile> file,
                                                           MeasureType measures);

  arrow::Status Write(const arrow::RecordBatch& batch);
  int64_t rows() const { return rows_; }
  // Complete and durable.
  arrow::Status Finish();

 private:
  explicit NewDayFile(std::unique_ptr<AtomicFile> file) : file_(std::move(file)) {}

  const std::unique_ptr<AtomicFile> file_;
  int64_t rows_ = 0;
  std::unique_ptr<ParquetRows> writer_;
};

}  // namespace costream
