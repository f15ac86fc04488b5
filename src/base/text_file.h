// Small files that are read at once.
#pragma once

#include <optional>
#include <string>

namespace costream {

// All of a file; nothing where it cannot be read to its end, and errno says why.
std::optional<std::string> ReadTextFile(const std::string& path);

}  // namespace costream
