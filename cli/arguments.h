// The arguments of the process.
#pragma once

#include <string>
#include <vector>

namespace costream {

// A copy of the arguments. In argv itself, which every user of the machine can list, the parts of database
// URIs that may be a password are then crossed out.
std::vector<std::string> TakeArguments(int argc, char** argv);

// The same crossing out where argv is not at hand: in a program that embeds this one, as Python does.
void HideArguments();

}  // namespace costream
