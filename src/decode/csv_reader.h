// CSV reports, plain or gzipped, as a stream of batches, in bounded memory.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "decode/usage_batch.h"
#include "source/input_file.h"

namespace costream {

// The column names of the file's first line; empty for an empty file.
arrow::Result<std::vector<std::string>> ReadCsvHeader(const InputFile& file);

arrow::Result<std::unique_ptr<BatchReader>> OpenCsv(const InputFilePtr& file, ReportKind kind,
                                                    DecodeOptions options);

}  // namespace costream
