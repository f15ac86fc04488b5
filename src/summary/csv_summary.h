// Summaries as CSV, with a header line. Opening one reads it once, to learn where the rows of each day are.
#pragma once

#include "summary/summary_reader.h"

namespace costream {

arrow::Result<std::unique_ptr<SummaryReader>> OpenCsvSummary(const std::string& path);

}  // namespace costream
