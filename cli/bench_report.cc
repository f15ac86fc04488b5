#include "bench_report.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/machine.h"
#include "base/units.h"

namespace costream {
namespace {

constexpr int kSchemaVersion = 1;

const char* ModeName(Mode mode) { return mode == Mode::kInMemory ? "in-memory" : "streaming"; }

double MiB(int64_t bytes) { return static_cast<double>(bytes) / 1048576.0; }

double RowsPerSecond(const BenchResult& result) {
  return result.wall_s > 0 ? static_cast<double>(result.rows_in) / result.wall_s : 0;
}

// "2 × CPU model, 16 GiB, Linux 6.1 x86_64"
std::string Machine() {
  std::string model = "CPU";
  std::ifstream processors("/proc/cpuinfo");
  for (std::string line; std::getline(processors, line);) {
    const size_t colon = line.find(": ");
    if (!line.starts_with("model name") || colon == line.npos) continue;
    model = line.substr(colon + 2);
    break;
  }
  utsname system{};
  uname(&system);
  return fmt::format("{} × {}, {:.0f} GiB, {} {} {}", AvailableProcessors(), model,
                     static_cast<double>(AvailableMemoryBytes()) / kBytesPerGiB, system.sysname,
                     system.release, system.machine);
}

}  // namespace

std::string ScaleName(int64_t rows) {
  if (rows % 1'000'000 == 0) return fmt::format("{}M", rows / 1'000'000);
  if (rows % 1'000 == 0) return fmt::format("{}K", rows / 1'000);
  return fmt::format("{}", rows);
}

std::string BenchHead() {
  return fmt::format("{:>8}  {:<9} {:>7} {:>10} {:>10} {:>12} {:>10} {:>12} {:>11}\n", "rows", "mode",
                     "threads", "wall s", "CPU s", "rows/s", "peak MiB", "rows in", "rows out");
}

std::string BenchLine(const BenchResult& result) {
  const std::string what =
      fmt::format("{:>8}  {:<9} {:>7} ", ScaleName(result.rows), ModeName(result.mode), result.threads);
  if (!result.fits)
    return what +
           fmt::format("needs more than {:.0f} MiB (--memory-limit)\n", MiB(result.memory_limit_bytes));
  return what + fmt::format("{:>10.3f} {:>10.3f} {:>12.0f} {:>10.1f} {:>12} {:>11}\n", result.wall_s,
                            result.cpu_s, RowsPerSecond(result), MiB(result.peak_memory_bytes),
                            result.rows_in, result.rows_out);
}

std::string BenchMemoryTable(const std::vector<BenchResult>& results) {
  std::map<int64_t, std::map<Mode, const BenchResult*>> scales;
  for (const BenchResult& result : results) scales[result.rows][result.mode] = &result;
  std::string out;
  for (const auto& [rows, of_mode] : scales) {
    if (of_mode.size() < 2 || !of_mode.at(Mode::kStreaming)->fits) continue;
    const BenchResult& before = *of_mode.at(Mode::kInMemory);
    const int64_t before_bytes = before.fits ? before.peak_memory_bytes : before.memory_limit_bytes;
    const int64_t after_bytes = of_mode.at(Mode::kStreaming)->peak_memory_bytes;
    const char* const least = before.fits ? "" : "> ";
    out += fmt::format(
        "{:>8} {:>18} {:>18} {:>9}\n", ScaleName(rows), fmt::format("{}{:.1f}", least, MiB(before_bytes)),
        fmt::format("{:.1f}", MiB(after_bytes)),
        fmt::format("{}{:.1f}", least, static_cast<double>(before_bytes) / static_cast<double>(after_bytes)));
  }
  if (out.empty()) return "";
  return fmt::format("Memory before and after (peak MiB)\n{:>8} {:>18} {:>18} {:>9}\n", "rows",
                     "before: in-memory", "after: streaming", "ratio") +
         out;
}

std::string BenchJson(const std::vector<BenchResult>& results, const std::string& source, uint64_t seed) {
  using nlohmann::json;
  const std::string machine = Machine();
  json list = json::array();
  for (const BenchResult& result : results) {
    const auto known = [&](const auto& value) { return result.fits ? json(value) : json(); };
    list.push_back({{"rows", result.rows},
                    {"mode", ModeName(result.mode)},
                    {"threads", result.threads},
                    {"memory_limit_bytes", result.memory_limit_bytes},
                    {"status", result.fits ? "done" : "exceeds_memory_limit"},
                    {"wall_s", known(result.wall_s)},
                    {"cpu_s", known(result.cpu_s)},
                    {"rows_per_s", known(RowsPerSecond(result))},
                    {"peak_memory_bytes", known(result.peak_memory_bytes)},
                    {"rows_in", known(result.rows_in)},
                    {"rows_out", known(result.rows_out)},
                    {"phases", known(json{{"plan_s", result.phases.plan},
                                          {"aggregate_s", result.phases.aggregate},
                                          {"commit_s", result.phases.commit}})},
                    {"version", COSTREAM_VERSION},
                    {"machine", machine}});
  }
  const json out = {
      {"schema_version", kSchemaVersion}, {"provider_uuid", source}, {"seed", seed}, {"results", list}};
  return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace costream
