// Flags of the command, as the package passes them on.
#pragma once

#include <arrow/status.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "interrupt.h"
#include "job_flags.h"

namespace costream {

using Arguments = std::vector<std::string>;

// Usage error for what the command would refuse.
arrow::Status ParseFlags(CLI::App* app, Arguments arguments);

// After parsing: config file and environment are applied, as the command does. The memory limit is of the
// process, whose memory so far is the caller's.
arrow::Status FinishFlags(const Cancelled& cancelled, JobFlags* flags);

// The same for a run whose reports the caller holds: the limit is of the state of days.
arrow::Status FinishFlagsOfStreams(const Cancelled& cancelled, JobFlags* flags);

// The same for a call without inputs.
arrow::Status FinishFlagsWithoutInput(const Cancelled& cancelled, JobFlags* flags);

}  // namespace costream
