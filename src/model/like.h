// SQL LIKE: % any run, _ one character (UTF-8), backslash escapes. Case-sensitive.
#pragma once

#include <arrow/status.h>

#include <string_view>

namespace costream {

// Usage error where the pattern ends in a single backslash.
arrow::Status CheckLikePattern(std::string_view pattern);

// REQUIRES: CheckLikePattern(pattern).ok(). Time at most pattern times text.
bool LikeMatches(std::string_view pattern, std::string_view text);

}  // namespace costream
