// Hourly rows of a day -> rows of the daily table (spec: "The daily tables").
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>

#include "model/report.h"

namespace costream {

// Groups the rows of one day, which are as DayBuffer makes them: `*_seconds` are added, all else takes the
// maximum, interval_start is midnight. Pods get their effective usage.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> DailyRows(ReportKind kind,
                                                             const arrow::RecordBatch& hourly);

// The schema of what DailyRows makes of that one.
std::shared_ptr<arrow::Schema> DailySchema(ReportKind kind, const arrow::Schema& hourly);

}  // namespace costream
