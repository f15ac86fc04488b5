// Summaries in the table of an SQLite database, all of them as they are when it is opened.
#pragma once

#include "summary/summary_reader.h"

namespace costream {

arrow::Result<std::unique_ptr<SummaryReader>> OpenSqliteSummary(const std::string& path);

}  // namespace costream
