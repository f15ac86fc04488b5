// What `costream plan` shows: a table for people, one JSON object for machines.
#pragma once

#include <string>

#include "job/preview.h"

namespace costream {

// `target`: as it is shown, empty where none was named.
std::string PlanTable(const Preview& preview, const std::string& target);
std::string PlanJson(const Preview& preview, const std::string& target);

}  // namespace costream
