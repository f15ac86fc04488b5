// Flags of the command, as the package passes them on.
#pragma once

#include <arrow/status.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "interrupt.h"
#include "job_flags.h"
#include "run_command.h"

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

// The same for a run that other processes do: the limit is theirs, and stays as it was given.
arrow::Status FinishFlagsOfOthers(const Cancelled& cancelled, JobFlags* flags);

// RunOnOwnThread, with the flags of `costream run` that the arguments give, --source among them, finished by
// one of the functions above.
void RunWithFlags(const Arguments& arguments, arrow::Status (*finish)(const Cancelled&, JobFlags*),
                  const std::function<arrow::Status(RunFlags*)>& work, const std::function<void()>& tick = {},
                  Feed* feed = nullptr);

}  // namespace costream
