// Summary rows made by hand, for the tests of sinks.
#pragma once

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/table_builder.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/date.h"
#include "model/summary.h"

namespace costream {

// One row; texts and measures that are not named are null.
struct TestRow {
  std::map<int, std::string> texts;     // by SummaryColumn
  std::map<int, double> measures = {};  // by SummaryMeasure
  Day day = DayOf(2024, 2, 29);
  std::optional<int64_t> category = std::nullopt;
};

// A batch of SummarySchema() as one of SummaryBatchSchema().
inline std::shared_ptr<arrow::RecordBatch> WithDictionaries(const arrow::RecordBatch& batch) {
  arrow::ArrayVector columns = batch.columns();
  for (int i = 0; i < batch.num_columns(); ++i) {
    auto& column = columns[i];
    if (SummaryBatchSchema()->field(i)->type()->id() != arrow::Type::DICTIONARY) continue;
    const auto& texts = static_cast<const arrow::StringArray&>(*column);
    arrow::StringDictionary32Builder builder;
    for (int64_t row = 0; row < texts.length(); ++row) {
      const arrow::Status status =
          texts.IsNull(row) ? builder.AppendNull() : builder.Append(texts.GetView(row));
      EXPECT_TRUE(status.ok()) << status;
    }
    EXPECT_TRUE(builder.Finish(&column).ok());
  }
  return arrow::RecordBatch::Make(SummaryBatchSchema(), batch.num_rows(), std::move(columns));
}

inline std::shared_ptr<arrow::RecordBatch> RowsOf(const std::vector<TestRow>& rows) {
  const auto& schema = SummarySchema();
  const auto builder = arrow::RecordBatchBuilder::Make(schema, arrow::default_memory_pool()).ValueOrDie();
  for (const TestRow& row : rows) {
    for (int column = 0; column < schema->num_fields(); ++column) {
      const auto& field = *schema->field(column);
      const auto text = row.texts.find(column);
      const auto measure = row.measures.find(column - kFirstMeasure);
      arrow::Status status;
      if (column == kUuid) {
        status = builder->GetFieldAs<arrow::FixedSizeBinaryBuilder>(column)->Append(
            "\x00\x11\x22\x33\x44\x55\x86\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff");
      } else if (column == kUsageStart || column == kUsageEnd) {
        status = builder->GetFieldAs<arrow::Date32Builder>(column)->Append(row.day);
      } else if (column == kCostCategoryId && row.category) {
        status = builder->GetFieldAs<arrow::Int64Builder>(column)->Append(*row.category);
      } else if (text != row.texts.end()) {
        status = builder->GetFieldAs<arrow::StringBuilder>(column)->Append(text->second);
      } else if (measure != row.measures.end()) {
        status = builder->GetFieldAs<arrow::DoubleBuilder>(column)->Append(measure->second);
      } else if (!field.nullable()) {
        status = builder->GetFieldAs<arrow::StringBuilder>(column)->Append("{}");
      } else {
        status = builder->GetField(column)->AppendNull();
      }
      EXPECT_TRUE(status.ok()) << field.name() << ": " << status;
    }
  }
  return WithDictionaries(*builder->Flush().ValueOrDie());
}

}  // namespace costream
