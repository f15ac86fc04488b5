// The measures of summary rows as decimal128(33, 15), rounded half to even.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

namespace costream {

// Input error where a value has too many digits for numeric(33, 15).
arrow::Result<std::shared_ptr<arrow::RecordBatch>> WithDecimalMeasures(const arrow::RecordBatch& batch);

}  // namespace costream
