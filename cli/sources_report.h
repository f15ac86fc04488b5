// What a run of several sources says: a line for each for people, one JSON object for machines.
#pragma once

#include <string>
#include <vector>

#include "job/options.h"

namespace costream {

// What became of one of them.
struct SourceRun {
  std::string source;
  std::string target;  // as it may be shown
  bool begun = false;  // not where a signal came before
  arrow::Result<RunResult> result = arrow::Status::Cancelled("not run");
};

// OK where all succeeded; that it was stopped; else the worst kind that one had, with the names of those that
// failed.
arrow::Status OutcomeOf(const std::vector<SourceRun>& runs);

std::string SourcesTable(const std::vector<SourceRun>& runs);
std::string SourcesJson(const std::vector<SourceRun>& runs, const arrow::Status& outcome);

}  // namespace costream
