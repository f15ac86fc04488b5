#include "sink/decimal_columns.h"

#include <arrow/array.h>
#include <arrow/builder.h>

#include "base/decimal15.h"
#include "base/error.h"
#include "model/summary.h"

namespace costream {

arrow::Result<std::shared_ptr<arrow::RecordBatch>> WithDecimalMeasures(const arrow::RecordBatch& batch) {
  const auto schema = DecimalSummarySchema();
  arrow::ArrayVector columns = batch.columns();
  for (int column = kFirstMeasure; column < kFirstMeasure + kSummaryMeasures; ++column) {
    const auto& doubles = static_cast<const arrow::DoubleArray&>(*columns[column]);
    arrow::Decimal128Builder builder(schema->field(column)->type());
    ARROW_RETURN_NOT_OK(builder.Reserve(doubles.length()));
    for (int64_t row = 0; row < doubles.length(); ++row) {
      if (doubles.IsNull(row)) {
        builder.UnsafeAppendNull();
        continue;
      }
      const auto decimal = ToDecimal15(doubles.Value(row));
      if (!decimal) {
        return InputError("column '{}': the value {} does not fit numeric({},{})",
                          schema->field(column)->name(), doubles.Value(row), kDecimalPrecision,
                          kDecimalScale);
      }
      builder.UnsafeAppend(
          arrow::Decimal128(static_cast<int64_t>(*decimal >> 64), static_cast<uint64_t>(*decimal)));
    }
    ARROW_ASSIGN_OR_RAISE(columns[column], builder.Finish());
  }
  return arrow::RecordBatch::Make(schema, batch.num_rows(), std::move(columns));
}

}  // namespace costream
