// What a setting's text means, and ${VAR} in it.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace costream {

// The value of an environment variable; nothing where it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// ${VAR} and ${VAR:-default} replaced, anywhere and any number of times; the default also stands for an empty
// variable. Usage error for a ${VAR} that is not set, and for one without an end.
arrow::Result<std::string> Expand(const std::string& text, const Environment& environment);

// Usage errors say what is wrong with the text; whose it is, the caller adds.
arrow::Result<bool> ParseBool(const std::string& text);  // true, yes, 1, on and their opposites, any case
arrow::Result<int64_t> ParseInteger(const std::string& text, int64_t least, int64_t most);
arrow::Result<int64_t> ParseSize(
    const std::string& text);  // bytes: 134217728, 128MiB, 128Mi, 1 GB; 1K = 1024

std::string LowerCase(std::string text);

}  // namespace costream
