// What a finished run says: the closing table for people, one JSON object for machines.
#pragma once

#include <string>

#include "job/options.h"

namespace costream {

std::string ClosingTable(const RunResult& result, const std::string& target);
std::string ClosingJson(const RunResult& result, const std::string& target);

}  // namespace costream
