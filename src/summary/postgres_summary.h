// Summaries in the table of a PostgreSQL database, all of them as they are when it is opened: one transaction
// that reads only, and locks nobody out.
#pragma once

#include <string>

#include "summary/summary_reader.h"

namespace costream {

arrow::Result<std::unique_ptr<SummaryReader>> OpenPostgresSummary(const std::string& target,
                                                                  const std::string& schema);

}  // namespace costream
