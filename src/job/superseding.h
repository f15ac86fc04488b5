// What the plan does not read since newer data has come for it (source/superseded.h has the rule).
#pragma once

#include "job/plan.h"

namespace costream {

// Takes units, and days of units, out of the plan and tells of them in plan->superseded. Reads interval_start
// of the payloads' reports where several may hold the same day: which rows a report has is in no manifest.
arrow::Status LeaveOutSuperseded(const RunOptions& options, Plan* plan);

}  // namespace costream
