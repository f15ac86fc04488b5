// A day's summary rows as a test looks at them: found by what they are of, cells by column. For the tests of
// this folder.
#pragma once

#include <arrow/array.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "aggregate/test_day.h"
#include "merge/finalize_day.h"

namespace costream {

// "(null)" stands for null.
inline std::string CellText(const arrow::Array& column, int64_t row) {
  auto cell = column.GetScalar(row).ValueOrDie();
  if (cell->is_valid && cell->type->id() == arrow::Type::DICTIONARY) {
    cell = static_cast<const arrow::DictionaryScalar&>(*cell).GetEncodedValue().ValueOrDie();
  }
  return cell->is_valid ? cell->ToString() : "(null)";
}

class FinalizedDay {
 public:
  explicit FinalizedDay(const DayState& state, FinalizeOptions options = {},
                        size_t sort_bytes = size_t{1} << 20)
      : options_(std::move(options)) {
    RowBuilder rows(&options_.identity, [&](const auto& batch) {
      batches_.push_back(batch);
      return arrow::Status::OK();
    });
    SpillSpace space(testing::TempDir());
    SpilledDay spilled(&space, sort_bytes);
    status = spilled.storage.Add(state.storage);
    if (status.ok()) status = FinalizeDay(state, &spilled, options_, &rows, &totals);
    if (status.ok()) status = rows.Flush();
    table_ = arrow::Table::FromRecordBatches(SummaryBatchSchema(), batches_)
                 .ValueOrDie()
                 ->CombineChunks()
                 .ValueOrDie();
  }

  int64_t rows() const { return table_->num_rows(); }

  std::string Text(int64_t row, int column) const { return CellText(*table_->column(column)->chunk(0), row); }
  std::optional<double> Value(int64_t row, int measure) const {
    const auto cell = table_->column(kFirstMeasure + measure)->GetScalar(row).ValueOrDie();
    if (!cell->is_valid) return std::nullopt;
    return static_cast<const arrow::DoubleScalar&>(*cell).value;
  }

  // "Pod shop n1 {}": kind, namespace, node and labels (Storage: resource id, claim and volume before them).
  // An Unallocated row is a "Pod" row without pod labels, as readers of the summary tell it.
  std::string Key(int64_t row) const {
    const bool storage = Text(row, kDataSource) == "Storage";
    const bool unallocated = !storage && Text(row, kPodLabelsColumn) == "(null)";
    std::string key = unallocated ? "Unallocated" : Text(row, kDataSource);
    std::vector<int> columns = {kNamespaceColumn, kNodeColumn};
    if (storage) columns.insert(columns.end(), {kResourceIdColumn, kClaimColumn, kVolumeColumn});
    if (!unallocated) columns.push_back(kAllLabelsColumn);
    for (const int column : columns) key += " " + Text(row, column);
    return key;
  }
  std::vector<std::string> Keys() const {
    std::vector<std::string> keys;
    for (int64_t row = 0; row < rows(); ++row) keys.push_back(Key(row));
    return keys;
  }
  // The only row of that key; the test fails where there is none or several.
  int64_t Row(const std::string& key) const {
    std::vector<int64_t> found;
    for (int64_t row = 0; row < rows(); ++row) {
      if (Key(row) == key) found.push_back(row);
    }
    EXPECT_EQ(found.size(), 1) << key;
    return found.empty() ? 0 : found[0];
  }
  std::string Text(const std::string& key, int column) const { return Text(Row(key), column); }
  std::optional<double> Value(const std::string& key, int measure) const { return Value(Row(key), measure); }

  // All cells of a row.
  std::vector<std::string> Cells(int64_t row) const {
    std::vector<std::string> cells;
    cells.reserve(static_cast<size_t>(table_->num_columns()));
    for (int column = 0; column < table_->num_columns(); ++column) cells.push_back(Text(row, column));
    return cells;
  }

  arrow::Status status;
  SummaryTotals totals;

 private:
  const FinalizeOptions options_;
  arrow::RecordBatchVector batches_;
  std::shared_ptr<arrow::Table> table_;
};

inline constexpr double kGiB = kBytesPerGiB;
inline constexpr double kGiBHour = kBytesPerGiB * kSecondsPerHour;  // in byte-seconds

}  // namespace costream
