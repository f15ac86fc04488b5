// This program run again as a process of its own, so that time and memory are that run's alone.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <string>
#include <vector>

namespace costream {

struct ChildRun {
  int exit_code = 0;           // 128 + signal where one ended it
  std::string output, errors;  // stdout and stderr, the latter's last part
  double wall_s = 0, cpu_s = 0;
  int64_t peak_memory_bytes = 0;  // at least what this process has had: the kernel counts from the fork on
};

// Runs `costream ARGUMENTS` to its end; its stderr goes to `errors_file` meanwhile. A caught signal kills it:
// what it leaves is the caller's to remove. Internal error where it cannot be started.
arrow::Result<ChildRun> RunSelf(const std::vector<std::string>& arguments, const std::string& errors_file);

}  // namespace costream
