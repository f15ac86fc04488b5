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

// Runs the job, and shows on a terminal how far it is.
arrow::Result<RunResult> RunShowingProgress(RunOptions options);

// The closing report: to standard output, or to standard error where rows go there. An error only where there
// is no target, whose rows would have been written.
arrow::Status PrintClosing(const std::string& text, const std::string& target);

}  // namespace costream
