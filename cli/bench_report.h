// What `costream bench` says: a line a run, the memory of both modes side by side, one JSON object for
// machines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "job/options.h"

namespace costream {

struct BenchResult {
  int64_t rows = 0;  // asked for: hourly pod rows
  Mode mode = Mode::kStreaming;
  int threads = 0;
  int64_t memory_limit_bytes = 0;
  bool fits = true;  // else the run needs more than the limit, and nothing below is known
  double wall_s = 0, cpu_s = 0;
  int64_t peak_memory_bytes = 0;
  int64_t rows_in = 0, rows_out = 0;  // of all tables read; of the summary
  PhaseSeconds phases;
};

std::string ScaleName(int64_t rows);  // 10K, 2M, 1234
std::string BenchHead();
std::string BenchLine(const BenchResult& result);
// Empty where no scale was run in both modes.
std::string BenchMemoryTable(const std::vector<BenchResult>& results);
std::string BenchJson(const std::vector<BenchResult>& results, const std::string& source, uint64_t seed);

}  // namespace costream
