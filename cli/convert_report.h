// What a finished conversion says: a table for people, one JSON object for machines.
#pragma once

#include <string>

#include "convert/convert.h"

namespace costream {

std::string ConvertTable(const ConvertOptions& options, const ConvertResult& result);
std::string ConvertJson(const ConvertOptions& options, const ConvertResult& result);

}  // namespace costream
