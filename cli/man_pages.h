// The manual, one page a command.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

namespace costream {

// Name of the file ("costream-run.1") and text (man macros) of the program's page and of each command's.
// Dated like 2025-11-30.
std::vector<std::pair<std::string, std::string>> ManPages(const CLI::App& app, const std::string& date);

}  // namespace costream
