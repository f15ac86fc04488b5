// A stream of Arrow record batches as a stream of usage batches.
#pragma once

#include <arrow/record_batch.h>

#include <memory>

#include "decode/usage_batch.h"

namespace costream {

arrow::Result<std::unique_ptr<BatchReader>> OpenArrow(std::shared_ptr<arrow::RecordBatchReader> stream,
                                                      ReportKind kind, Granularity granularity,
                                                      DecodeOptions options);

}  // namespace costream
