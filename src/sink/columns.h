// Columns of summary batches as sinks need them.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

namespace costream {

// The measures as decimal128(33, 15), rounded half to even; those that are decimals stay. Input error where a
// value has too many digits.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> WithDecimalMeasures(const arrow::RecordBatch& batch);

// The texts as utf8 instead of dictionaries.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> WithPlainTexts(const arrow::RecordBatch& batch);

}  // namespace costream
