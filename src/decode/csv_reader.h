// CSV reports, plain or gzipped, as a stream of batches, in bounded memory.
#pragma once

#include <memory>

#include "decode/csv_text.h"
#include "decode/usage_batch.h"
#include "source/input_file.h"

namespace costream {

arrow::Result<std::unique_ptr<BatchReader>> OpenCsv(const InputFilePtr& file, ReportKind kind,
                                                    DecodeOptions options);

}  // namespace costream
