// What explains a number.
//
// The day is run once, of which the output rows are kept; the day's inputs are then read once more, and what
// they say of the node is added up by file and by output row, in the accumulators that a run uses: equal
// means equal to the last bit.
#pragma once

#include <arrow/result.h>

#include "job/explanation.h"
#include "job/options.h"

namespace costream {

// Usage error where the day has nothing of that node or namespace; it names some that are there.
arrow::Result<Explanation> Explain(const RunOptions& options, const ExplainQuestion& question);

}  // namespace costream
