// Scripts that let a shell complete commands, flags and their words.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace costream {

// Each is to be sourced by its shell, or laid where the shell looks for completions.
std::string BashCompletion(const CLI::App& app);
std::string ZshCompletion(const CLI::App& app);
std::string FishCompletion(const CLI::App& app);

}  // namespace costream
