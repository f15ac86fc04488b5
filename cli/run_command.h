// The flags of `run`, which `config show` and `check` have too, and how one run goes.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "job_flags.h"

namespace costream {

struct RunFlags : JobFlags {
  std::string output = "table";
  bool yes = false;
};

// All flags of a run but whose it is: --source.
std::shared_ptr<RunFlags> AddRunFlags(CLI::App* run);

// What `run` has beside: whose rows, of one source or several, and how they are spread over processes, which
// the Python package does (docs/scaling.md).
struct SpreadFlags {
  std::vector<std::string> sources;
  bool all = false;
  std::string engine, address, resume;
  int64_t unit_rows = 0;
};
void AddSpreadFlags(CLI::App* run, SpreadFlags* flags);

// Completes flags that have been read, and runs, with progress on a terminal. `check` tells what else must
// hold before. The metrics are told how it ended, wherever it ended.
arrow::Result<RunResult> RunAndTell(RunFlags* flags,
                                    const std::function<arrow::Status(const EffectiveSettings&)>& check);

// Tells the metrics of what failed before there was a source to run. Returns the error.
arrow::Status TellFailure(const RunFlags& flags, const arrow::Status& error);

}  // namespace costream
