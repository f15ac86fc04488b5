// The flags of `run`, which `config show` and `check` have too, and how one run goes.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "job_flags.h"

namespace costream {

struct RunFlags : JobFlags {
  std::string output = "table";
  bool yes = false;
};

// All flags of a run but whose it is: --source.
std::shared_ptr<RunFlags> AddRunFlags(CLI::App* run);

// Runs, with progress on a terminal, and tells the metrics how it ended.
arrow::Result<RunResult> RunAndTell(RunOptions options);

// The closing report: on standard output, or with the log where the rows go there. An error only where there
// is no target, whose rows would have been written.
arrow::Status PrintClosing(const std::string& text, bool json, const std::string& target);

}  // namespace costream
