// Lets a run through to its sink only if its rows equal those of a summary that is expected.
#pragma once

#include <memory>
#include <string>

#include "sink/sink.h"
#include "summary/summary_reader.h"

namespace costream {

// The rows also go to a file in `folder`, which is compared at Commit and removed. `expected`: see
// OpenSummary; of it the rows of the run's days and kinds count. Where they differ, Commit is an anomaly
// error that tells the first differences, and `sink` is not committed.
std::unique_ptr<Sink> MakeValidatingSink(Sink* sink, const std::string& expected, const SummaryAccess& access,
                                         const std::string& folder);

}  // namespace costream
