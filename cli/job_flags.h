// The flags that the commands over a run's inputs have in common: run, plan, explain.
#pragma once

#include <arrow/status.h>

#include <CLI/CLI.hpp>
#include <string>

#include "job/options.h"

namespace costream {

// The flags as given.
struct JobFlags {
  RunOptions options;
  std::string month, start, end, rows = "pod,storage,unallocated", log_level = "info";
};

// INPUT, whose rows, the reference data, and how inputs are found and read.
void AddInputFlags(CLI::App* command, JobFlags* flags);
// Which days, and which kinds of rows.
void AddDayFlags(CLI::App* command, JobFlags* flags);
// Where the rows go, and what they replace there.
void AddTargetFlags(CLI::App* command, JobFlags* flags);

// After parsing: completes the options and sets the log level. Usage error for what cannot be meant.
arrow::Status FinishJobFlags(JobFlags* flags);

}  // namespace costream
