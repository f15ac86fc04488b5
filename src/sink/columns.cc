#include "sink/columns.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/cast.h>

#include "base/arrow_pool.h"
#include "base/decimal15.h"
#include "base/error.h"
#include "model/summary.h"

namespace costream {

arrow::Result<std::shared_ptr<arrow::RecordBatch>> WithDecimalMeasures(const arrow::RecordBatch& batch) {
  arrow::FieldVector fields = batch.schema()->fields();
  arrow::ArrayVector columns = batch.columns();
  for (int column = kFirstMeasure; column < kFirstMeasure + kSummaryMeasures; ++column) {
    if (fields[column]->type()->id() == arrow::Type::DECIMAL128) continue;
    const auto& doubles = static_cast<const arrow::DoubleArray&>(*columns[column]);
    fields[column] = fields[column]->WithType(DecimalMeasureType());
    arrow::Decimal128Builder builder(fields[column]->type(), ArrowPool());
    ARROW_RETURN_NOT_OK(builder.Reserve(doubles.length()));
    for (int64_t row = 0; row < doubles.length(); ++row) {
      if (doubles.IsNull(row)) {
        builder.UnsafeAppendNull();
        continue;
      }
      const auto decimal = ToDecimal15(doubles.Value(row));
      if (!decimal) {
        return InputError("column '{}': the value {} does not fit numeric({},{})", fields[column]->name(),
                          doubles.Value(row), kDecimalPrecision, kDecimalScale);
      }
      builder.UnsafeAppend(
          arrow::Decimal128(static_cast<int64_t>(*decimal >> 64), static_cast<uint64_t>(*decimal)));
    }
    ARROW_ASSIGN_OR_RAISE(columns[column], builder.Finish());
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), batch.num_rows(), std::move(columns));
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> WithPlainTexts(const arrow::RecordBatch& batch) {
  arrow::FieldVector fields = batch.schema()->fields();
  arrow::ArrayVector columns = batch.columns();
  for (size_t column = 0; column < fields.size(); ++column) {
    if (fields[column]->type()->id() != arrow::Type::DICTIONARY) continue;
    fields[column] = fields[column]->WithType(arrow::utf8());
    ARROW_ASSIGN_OR_RAISE(columns[column], arrow::compute::Cast(*columns[column], arrow::utf8()));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), batch.num_rows(), std::move(columns));
}

}  // namespace costream
