// Parquet reports: what a file holds by its footer, and one row group as a stream of batches, in bounded
// memory.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "decode/usage_batch.h"
#include "source/input_file.h"
#include "source/superseded.h"

namespace costream {

struct RowGroupInfo {
  int index = 0;
  int64_t rows = 0;
  int64_t bytes = 0;                       // compressed
  std::optional<Day> first_day, last_day;  // by the statistics of interval_start, where the file has them
};

// The names of the file's columns.
arrow::Result<std::vector<std::string>> ReadParquetColumns(const InputFile& file);

// An open Parquet file whose footer has been read. Row groups may be opened from several threads.
class ParquetFile {
 public:
  static arrow::Result<std::shared_ptr<ParquetFile>> Open(const InputFilePtr& file, ReportKind kind,
                                                          Granularity granularity);
  virtual ~ParquetFile() = default;
  virtual const std::vector<RowGroupInfo>& row_groups() const = 0;
  // What the key-value metadata of the footer say.
  virtual const std::optional<DeliveryFacts>& delivery() const = 0;
  // Stored bytes of the row group that reading these columns takes, by the footer.
  virtual int64_t BytesOfColumns(int index, const ColumnSet& columns) const = 0;
  virtual arrow::Result<std::unique_ptr<BatchReader>> OpenRowGroup(int index, DecodeOptions options) = 0;
};

}  // namespace costream
