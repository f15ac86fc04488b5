// A partitioned directory whose rows come from several processes: each writes what it makes into a directory
// of its own below DIR/.costream-units/RUN/, which readers pass over, and one puts them together.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sink/sink.h"

namespace costream {

// A directory that holds the rows of some of a run's days.
struct DirectoryOfDays {
  std::string directory;  // "DIR/", also in S3
  Day first_day = 0, last_day = 0;
  int64_t rows = 0;
};

// Writes the rows of all into the target's directory, in place of those of the scope: all or nothing, as by
// one run. `parts` ascending by day. Transient error where one does not hold as many rows as it should.
arrow::Status ReplaceByDirectories(const std::string& target, const SinkOptions& options,
                                   const RunScope& scope, const std::vector<DirectoryOfDays>& parts);

// Removes the directories of `run`, and of the runs whose names come before `oldest`. Names begin with a
// time.
arrow::Status ForgetRuns(const std::string& target, const SinkOptions& options, const std::string& run,
                         const std::string& oldest);

}  // namespace costream
