// A partitioned directory whose rows come from several processes: each writes what it makes into a directory
// of its own below DIR/.costream-units/RUN/, which readers pass over, and one puts them together.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sink/unit_sink.h"

namespace costream {

// Writes the rows of a unit into its directory, "DIR/", also in S3.
arrow::Result<std::unique_ptr<UnitSink>> MakeDaysSink(const std::string& directory,
                                                      const SinkOptions& options);

// A directory that holds the rows of some of a run's days, and their manifest.
struct DirectoryOfDays {
  std::string directory;
  Day first_day = 0, last_day = 0;
  int64_t rows = 0;
  std::string checksum;  // sink/row_checksum.h
};

// Writes the rows of all into the target's directory, in place of those of the scope: all or nothing, as by
// one run. `parts` ascending by day. Transient error where the rows of one are not those of its manifest.
arrow::Status ReplaceByDirectories(const std::string& target, const SinkOptions& options,
                                   const RunScope& scope, const std::vector<DirectoryOfDays>& parts);

// Removes the directories of `run`, and of the runs whose names come before `oldest`. Names begin with a
// time.
arrow::Status ForgetRuns(const std::string& target, const SinkOptions& options, const std::string& run,
                         const std::string& oldest);

}  // namespace costream
