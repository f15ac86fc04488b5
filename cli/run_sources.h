// `costream run` of several sources: one after the other, so that each has the whole memory limit and the
// servers to itself. One that fails does not stop the others.
#pragma once

#include <arrow/result.h>

#include <string>
#include <vector>

#include "run_command.h"

namespace costream {

// Those to run: the ones that are named, each once, or all that paths and config file name where there are
// none. Usage error for flags that are of one source; the metrics are told.
arrow::Result<std::vector<std::string>> SourcesToRun(const std::vector<std::string>& named, RunFlags flags);

// Runs those sources, or all that paths and config file name where there are none, each with its own
// settings; prints the closing report of all. The error is of the worst kind that a source had. `flags` have
// been read.
arrow::Status RunSources(const std::vector<std::string>& sources, const RunFlags& flags);

}  // namespace costream
