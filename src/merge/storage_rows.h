// Storage groups of a day, joined with the nodes that their pods ran on -> Storage rows (spec: "Storage
// rows").
#pragma once

#include "merge/finalize_day.h"

namespace costream {

arrow::Status AppendStorageRows(const DayState& state, const FinalizeOptions& options, RowBuilder* rows,
                                SummaryTotals* totals);

}  // namespace costream
