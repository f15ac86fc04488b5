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

}  // namespace costream
