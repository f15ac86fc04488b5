// Arrow record batches of any of the accepted types -> UsageBatch (spec: "Parquet types to accept").
#pragma once

#include <arrow/record_batch.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "decode/usage_batch.h"

namespace costream {

// How cells are read: an empty measure cell of a CSV is 0.
class ArrowDecoder {
 public:
  // `file` names the input in errors. `where` names a row of it.
  ArrowDecoder(ReportKind kind, Granularity granularity, DecodeOptions options, std::string file,
               std::function<std::string(int64_t)> where);
  ~ArrowDecoder();

  // Input error where a required column is missing or a needed one has a type that cannot be read.
  arrow::Status CheckSchema(const arrow::Schema& schema) const;

  // Names of the columns to read, of those that the schema has.
  static std::vector<std::string> NeededColumns(ReportKind kind, const ColumnSet& columns);

  // Decodes the batch, whose first row is `first_row` of the input.
  arrow::Status Decode(const arrow::RecordBatch& input, int64_t first_row, UsageBatch* batch);

  DecodeCounts& counts() { return counts_; }
  const DecodeCounts& counts() const { return counts_; }

 private:
  class TextReader;

  arrow::Status DecodeTime(const arrow::RecordBatch& input, int64_t first_row, UsageBatch* batch);
  arrow::Status DecodeMeasures(const arrow::RecordBatch& input, int64_t first_row, UsageBatch* batch);
  arrow::Status DecodeText(const arrow::RecordBatch& input, UsageBatch* batch);
  void DropRows(UsageBatch* batch);
  arrow::Status RowError(int64_t row, std::string_view column, const std::string& what) const;

  const ReportKind kind_;
  const Granularity granularity_;
  const DecodeOptions options_;
  const std::string file_;
  const std::function<std::string(int64_t)> where_;
  std::array<std::unique_ptr<TextReader>, kTextFields> text_readers_;
  std::vector<uint8_t> keep_;       // by row: 1 while it counts
  std::vector<uint8_t> anomalous_;  // by row
  DecodeCounts counts_;
};

}  // namespace costream
