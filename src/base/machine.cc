#include "base/machine.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <string>

namespace costream {
namespace {

namespace fs = std::filesystem;

constexpr const char* kGroups = "/sys/fs/cgroup";

// Calls visit with the folder of each control group that this process is in, up to the root. `controller` is
// for version 1.
void VisitGroups(const std::string& controller, const std::function<void(const fs::path&)>& visit) {
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {  // hierarchy:controllers:path
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (!controllers.empty() && ("," + controllers + ",").find("," + controller + ",") == std::string::npos)
      continue;
    const fs::path root = controllers.empty() ? fs::path(kGroups) : fs::path(kGroups) / controllers;
    for (fs::path group = line.substr(second + 2);; group = group.parent_path()) {
      visit(root / group);
      if (group.empty()) break;
    }
  }
}

// The number that a file holds first; `none` where there is no file or no number ("max").
int64_t NumberIn(const fs::path& file, int64_t none) {
  std::ifstream stream(file);
  int64_t number = 0;
  return stream >> number ? number : none;
}

}  // namespace

int64_t AvailableMemoryBytes() {
  constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
  int64_t bytes = int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  VisitGroups("memory", [&](const fs::path& group) {
    bytes = std::min(
        {bytes, NumberIn(group / "memory.max", kNone), NumberIn(group / "memory.limit_in_bytes", kNone)});
  });
  return bytes;
}

int AvailableProcessors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int processors = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  const auto limit = [&](double quota, double period) {
    if (quota > 0 && period > 0)
      processors = std::min(processors, std::max(1, static_cast<int>(std::ceil(quota / period))));
  };
  VisitGroups("cpu", [&](const fs::path& group) {
    std::ifstream v2(group / "cpu.max");
    double quota = 0, period = 0;
    if (v2 >> quota >> period) limit(quota, period);
    limit(static_cast<double>(NumberIn(group / "cpu.cfs_quota_us", 0)),
          static_cast<double>(NumberIn(group / "cpu.cfs_period_us", 0)));
  });
  return std::max(1, processors);
}

}  // namespace costream
