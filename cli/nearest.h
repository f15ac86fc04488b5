// What someone meant who mistyped a command or a flag.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace costream {

// The one of `known` that `word` begins, else the one with the fewest slips of the hand between; none where
// more than a third of the letters would be wrong.
std::optional<std::string> Nearest(const std::string& word, const std::vector<std::string>& known);

// What to say of arguments that `app` could not parse: the error, the nearest known command or flag, and
// whose --help to try.
std::string ExplainParseError(const CLI::App* app, const CLI::Error& error);

}  // namespace costream
