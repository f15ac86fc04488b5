// Rows of a run that many processes make together, kept in tables beside the summary table until the rows of
// a source are complete: then one transaction replaces them there (docs/decisions/0022).
//
//   costream_run          the runs that are open
//   costream_unit         what a run consists of: days of a source; the manifest of what was staged: rows,
//                         their checksum (sink/row_checksum.h), days
//   costream_staged_row   the rows, by unit; unlogged, since they can be made again
//
// A process that was given up may still be alive and stage its unit late. It does no harm: the unit's row is
// locked while its rows are replaced, all of them, and nothing is staged for a unit that is in the summary
// already, or for a run that is closed.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sink/sink.h"
#include "sink/unit_sink.h"

namespace costream {

// Days of a source that one process makes.
struct StagedUnit {
  std::string source;
  Day first_day = 0, last_day = 0;
  std::string input;  // names what it is made of, so that a resumed run sees whether that has changed
};

enum class UnitState { kPlanned, kStaged, kReplaced };

struct OpenedUnit {
  int64_t id = 0;
  UnitState state = UnitState::kPlanned;
};

class PostgresStaging {
 public:
  PostgresStaging(std::string target, const SinkOptions& options, std::string run)
      : target_(std::move(target)), options_(options), run_(std::move(run)) {}

  // Makes the tables where they are absent, forgets runs of which nothing was staged for a day, and opens
  // the run. One that is open already is taken up: its units of the same days and input keep what was
  // staged. Returns one for each of `units`. Usage error where `resume` and there is no such run.
  arrow::Result<std::vector<OpenedUnit>> Open(const std::vector<StagedUnit>& units, bool resume);

  // Replaces the rows of the scope by those of the source's units, of which there must be so many, in one
  // transaction; none if that has been done already. Returns how many rows the units have. Transient error
  // where some are not staged, or their rows are not those of their manifests: gone since the server crashed,
  // or changed. A run that is taken up makes them again.
  arrow::Result<int64_t> Replace(const RunScope& scope, int64_t units);

  // Forgets the run; nothing can be staged for it any more.
  arrow::Status Close();

 private:
  const std::string target_;
  const SinkOptions options_;
  const std::string run_;
};

// Stages the rows of the unit of that id, in place of those that were staged for it. Usage error where the
// run is closed, or the unit in the summary already.
std::unique_ptr<UnitSink> MakeStagingSink(const std::string& target, const SinkOptions& options,
                                          int64_t unit);

}  // namespace costream
