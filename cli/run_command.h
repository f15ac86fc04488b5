// The flags of `run`, which `config show` has too.
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

std::shared_ptr<RunFlags> AddRunFlags(CLI::App* run);

// Runs, with progress on a terminal, and tells the metrics how it ended.
arrow::Result<RunResult> RunAndTell(RunOptions options);

// The closing report: on standard output, or with the log where the rows go there.
arrow::Status PrintClosing(const std::string& text, const std::string& target);

}  // namespace costream
