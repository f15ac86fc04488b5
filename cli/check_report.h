// What a check shows: a list for people, one JSON object for machines.
#pragma once

#include <string>

#include "job/check_list.h"

namespace costream {

// `colors`: as a terminal understands them; no other control characters are in it.
std::string CheckTable(const CheckList& list, bool colors);
std::string CheckJson(const CheckList& list);

}  // namespace costream
