// The manifest.json of an operator payload (spec: "Operator payload").
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace costream {

struct Manifest {
  std::string uuid;  // in lower case
  std::optional<std::string> cluster_id;
  bool daily_reports = false;           // holds whole days so far, not just what is new
  std::optional<int64_t> date_micros;   // UTC, as all times
  std::optional<int64_t> start_micros;  // of what it covers; neither or both
  std::optional<int64_t> end_micros;    // later than the start, exclusive
  std::vector<std::string> files;
  std::vector<std::string> resource_optimization_files;
  bool operator==(const Manifest&) const = default;
};

// Input error that begins with `name` and names the key where something cannot be used.
arrow::Result<Manifest> ParseManifest(std::string_view text, const std::string& name);

}  // namespace costream
