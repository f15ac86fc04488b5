// The arguments of the process.
#pragma once

#include <string>
#include <vector>

namespace costream {

// A copy of the arguments. In argv itself, which every user of the machine can list, the parts of database
// URIs that may be a password are then crossed out.
std::vector<std::string> TakeArguments(int argc, char** argv);

}  // namespace costream
