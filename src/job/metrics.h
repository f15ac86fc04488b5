// What monitoring is told of runs: Prometheus text, in a file for node_exporter's textfile collector, or
// pushed to a Pushgateway (docs/operating.md names the metrics).
//
// The exit code and the time of the run are of the last run of a source, all else is of the last one that
// succeeded. So a run that fails replaces only these two, and a file may tell of many sources.
#pragma once

#include <arrow/status.h>

#include <cstdint>
#include <string>

#include "job/options.h"

namespace costream {

// A run that has ended. Source and cluster may be unknown where it failed early: empty.
struct EndedRun {
  std::string source, cluster_id;
  int exit_code = 0;
  int64_t end_seconds = 0;            // since 1970
  const RunResult* result = nullptr;  // null where it failed
};

// The text after that run, in the place of `before`, the text until now: what that says of other sources
// stays, except of runs whose source was unknown.
std::string MetricsText(const EndedRun& run, const std::string& before);

// Writes and pushes, as far as `target` says; the file appears whole. Usage or transient error; what can be
// done is done all the same.
arrow::Status WriteMetrics(const MetricsTarget& target, const EndedRun& run);

}  // namespace costream
