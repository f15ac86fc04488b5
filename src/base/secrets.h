// What must not be shown.
#pragma once

#include <string>
#include <string_view>

namespace costream {

inline constexpr std::string_view kMasked = "********";

// The text with the passwords in it masked: those of URIs ("scheme://user:password@host", "?password=...").
// For text that may quote what a user gave in the wrong place.
std::string WithoutPasswords(std::string_view text);

}  // namespace costream
