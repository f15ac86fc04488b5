// Arrow record batches of any of the accepted types -> UsageBatch (spec: "Parquet types to accept"), and what
// is common to all readers: the checks of the schema, rows of other days and anomalies.
#pragma once

#include <arrow/record_batch.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "decode/text_column.h"
#include "decode/usage_batch.h"

namespace costream {

// How cells are read: an empty measure cell of a CSV is 0.
class ArrowDecoder {
 public:
  // `file` names the input in errors. `where` tells of a row where it is.
  ArrowDecoder(ReportKind kind, Granularity granularity, DecodeOptions options, std::string file,
               std::function<ErrorPlace(int64_t)> where);
  ~ArrowDecoder();

  // Input error where a required column is missing or a needed one has a type that cannot be read.
  arrow::Status CheckSchema(const arrow::Schema& schema) const;

  // Names of the columns to read, of those that the schema has.
  static std::vector<std::string> NeededColumns(ReportKind kind, const ColumnSet& columns);

  // Decodes the batch, whose first row is `first_row` of the input: Begin, ReadColumns, Finish.
  arrow::Status Decode(const arrow::RecordBatch& input, int64_t first_row, UsageBatch* batch);

  // Begins a batch of that many rows; who fills a column says so by Fills before.
  void Begin(int64_t rows, int64_t first_row, UsageBatch* batch);
  template <typename Column>  // a TextField or Measure
  void Fills(Column column) {
    filled_.Add(column);
  }
  // Fills the columns that `input` has, with all rows of the batch.
  arrow::Status ReadColumns(const arrow::RecordBatch& input, UsageBatch* batch);
  // Fills the columns that nobody has filled with null, and drops the rows that do not count.
  void Finish(UsageBatch* batch);

  const DecodeOptions& options() const { return options_; }
  // REQUIRES: the column is asked for.
  TextColumn& TextOf(TextField field) { return *text_columns_[static_cast<size_t>(field)]; }
  arrow::Status RowError(int64_t row, std::string_view column, const std::string& what) const;

  DecodeCounts& counts() { return counts_; }
  const DecodeCounts& counts() const { return counts_; }

 private:
  // The codes of a dictionary of the input, as far as they are known: slices of a batch share it.
  struct KnownCodes {
    std::shared_ptr<arrow::ArrayData> of;
    uint64_t generation = 0;  // of the dictionary that the codes are of
    std::vector<uint32_t> codes;
  };

  void ReadText(const arrow::Array& array, TextField field, UsageBatch* batch);
  void MarkOtherDays(const UsageBatch& batch);
  void DropUnwantedDays(const UsageBatch& batch);
  void MarkAnomalies(const MeasureColumnSpec& spec, const std::vector<int64_t>& time_micros,
                     std::vector<double>* values);
  void CountRepaired(const UsageBatch& batch);
  void DropRows(UsageBatch* batch);

  const ReportKind kind_;
  const Granularity granularity_;
  const DecodeOptions options_;
  const std::string file_;
  const std::function<ErrorPlace(int64_t)> where_;
  const bool has_unwanted_days_;
  std::array<std::unique_ptr<TextColumn>, kTextFields> text_columns_;
  std::array<KnownCodes, kTextFields> known_codes_;
  ColumnSet filled_;                     // of the batch at hand
  std::vector<std::string_view> texts_;  // of one column that are looked up
  std::vector<int64_t> asked_;           // of them, the indices in their Arrow dictionary
  std::vector<uint32_t> found_;          // their codes
  std::vector<uint8_t> keep_;            // by row: 1 while it counts; empty while all rows do
  std::vector<uint8_t> anomalous_;       // by row; empty while no row is
  DecodeCounts counts_;
};

}  // namespace costream
