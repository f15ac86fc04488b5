// Summaries as CSV, with a header line. Opening one reads it once, to learn where the rows of each day are.
#pragma once

#include "source/input_file.h"
#include "summary/summary_reader.h"

namespace costream {

arrow::Result<std::unique_ptr<SummaryReader>> OpenCsvSummary(InputFilePtr file);

}  // namespace costream
