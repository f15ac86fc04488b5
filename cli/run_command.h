// The flags of `costream run`, which `costream config show` takes, too.
#pragma once

#include <arrow/result.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "config/effective.h"
#include "job/options.h"

namespace costream {

struct RunFlags {
  const CLI::App* app = nullptr;  // that has parsed them
  RunOptions options;
  std::string config, month, start, end, rows, output = "table", log_level = "info";
  bool yes = false;

  // Completes `options` and `log_level` by what flags say in words, the environment and the config file.
  arrow::Result<EffectiveSettings> Resolve();
};

std::shared_ptr<RunFlags> AddRunFlags(CLI::App* run);

}  // namespace costream
