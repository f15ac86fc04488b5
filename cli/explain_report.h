// What `costream explain` shows: tables for people, one JSON object for machines.
#pragma once

#include <string>

#include "job/explain.h"

namespace costream {

std::string ExplainTable(const Explanation& explanation, const ExplainQuestion& question);
std::string ExplainJson(const Explanation& explanation, const ExplainQuestion& question);

}  // namespace costream
