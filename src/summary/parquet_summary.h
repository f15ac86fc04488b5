// Summaries in Parquet files. A row group is read for a day only where its statistics of usage_start allow
// it.
#pragma once

#include "source/input_file.h"
#include "summary/summary_reader.h"

namespace costream {

arrow::Result<std::unique_ptr<SummaryReader>> OpenParquetSummary(std::vector<InputFilePtr> files);

}  // namespace costream
