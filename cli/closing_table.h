// What a finished run says: the closing table for people, one JSON object for machines.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "job/options.h"

namespace costream {

std::string ClosingTable(const RunResult& result, const std::string& target);
std::string ClosingJson(const RunResult& result, const std::string& target);
// The same, to be part of another.
nlohmann::json ClosingObject(const RunResult& result, const std::string& target);

}  // namespace costream
