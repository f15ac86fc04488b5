// One column of one Parquet row group, decoded straight into usage batches, without Arrow arrays in between:
// what the speed of a run hangs on (docs/decisions/0005).
//
// Dictionary-encoded texts keep the codes of the dictionary page. Not thread-safe. May throw Parquet's
// exceptions.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/type.h>
#include <parquet/file_reader.h>

#include <memory>

#include "decode/arrow_decoder.h"

namespace costream {

class ParquetColumn {
 public:
  virtual ~ParquetColumn() = default;
  // Fills its column of the batch with the next `rows` rows. Input error where a cell cannot be read; Invalid
  // where the column chunk is damaged.
  virtual arrow::Status Read(int64_t rows, UsageBatch* batch) = 0;
};

// An open row group and its file.
struct RowGroupSource {
  std::shared_ptr<arrow::io::RandomAccessFile> file;
  parquet::ReaderProperties properties;
  std::shared_ptr<parquet::RowGroupReader> group;
};

// Null where the type needs Arrow's conversions. `type` is the column's Arrow type. The row group and the
// decoder outlive the column.
std::unique_ptr<ParquetColumn> OpenParquetColumn(const RowGroupSource& from, int column, ReportKind kind,
                                                 const arrow::DataType& type, ArrowDecoder* decoder);

}  // namespace costream
