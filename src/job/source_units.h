// What a run of one source consists of for several machines: days that each can do alone, with the files that
// they need. The rows of all units are those of the run, byte for byte, since days are independent.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <string>
#include <vector>

#include "job/pipeline.h"

namespace costream {

// A day, or neighbours that would read much of the same bytes: those of a CSV, which may hold any day.
struct SourceUnit {
  Day first_day = 0, last_day = 0;
  std::vector<std::string> inputs;  // for RunOptions: files; all inputs of the run where it has payloads
  int64_t bytes = 0;                // stored, of the columns that are needed
  int64_t rows = 0;                 // by footers; of CSV files estimated by size
  int64_t pieces = 0;               // files and row groups that partial states can be cut by
  std::string version;              // of the files and of what else the rows depend on
};

struct SourceUnits {
  RunScope scope;
  ReferenceData reference;  // complete: file and database
  std::vector<SourceUnit> units;
  std::vector<std::string> notes, warnings;
};

// Of the days that have input. Changes nothing. Errors as of the run, as far as looking tells.
arrow::Result<SourceUnits> PlanSourceUnits(const RunOptions& options);

}  // namespace costream
