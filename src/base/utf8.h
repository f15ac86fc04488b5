// Text that PostgreSQL's jsonb and text can hold: valid UTF-8 without U+0000.
#pragma once

#include <string>
#include <string_view>

namespace costream {

// True where the text is valid UTF-8 and holds no NUL.
bool IsCleanUtf8(std::string_view text);

// The text with every ill-formed sequence (maximal subpart, as the Unicode standard recommends) and every NUL
// replaced by U+FFFD.
std::string CleanUtf8(std::string_view text);

}  // namespace costream
