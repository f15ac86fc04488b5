// The table of the summary rows, in PostgreSQL and in SQLite.
#pragma once

namespace costream {

inline constexpr const char* kSummaryTable = "reporting_ocpusagelineitem_daily_summary";

}  // namespace costream
