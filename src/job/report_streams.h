// Reports as Arrow data -> what a run reads.
#pragma once

#include <arrow/result.h>

#include <vector>

#include "costream/aggregate.h"
#include "job/plan.h"

namespace costream {

// Usage error for a report without a reader.
arrow::Result<std::vector<StreamInput>> StreamInputsOf(const std::vector<ReportStream>& reports);

}  // namespace costream
