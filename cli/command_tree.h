// The commands and their options as CLI11 holds them, in the shape that completions and man pages are made
// from.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace costream {

struct OptionFacts {
  std::vector<std::string> names;    // with their dashes, the long ones first; empty: a positional argument
  std::string value;                 // what stands for the value, like TEXT or INPUT; empty: a flag
  std::vector<std::string> choices;  // the words that the value may be; empty: anything
  std::string description, default_text;
  bool required = false, repeated = false;
};

// In the order in which they were added.
std::vector<OptionFacts> OptionsOf(const CLI::App& command);

// The subcommands that the help shows.
std::vector<const CLI::App*> CommandsOf(const CLI::App& command);

// "costream config show".
std::string FullNameOf(const CLI::App& command);

}  // namespace costream
