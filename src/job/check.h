// Whether a run would have all that it needs, for who sets it up: storage, reports, database, machine. Looks
// on where it can when something is wrong, and changes nothing.
#pragma once

#include <arrow/result.h>

#include "job/check_list.h"
#include "job/options.h"

namespace costream {

// The only error is that it was stopped; what is wrong stands in the list.
arrow::Result<CheckList> CheckRun(const RunOptions& options);

}  // namespace costream
