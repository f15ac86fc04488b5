// Text that others can hold: PostgreSQL's jsonb and text (valid UTF-8 without U+0000), a terminal (no
// controls).
#pragma once

#include <string>
#include <string_view>

namespace costream {

// True where the text is valid UTF-8 and holds no NUL.
bool IsCleanUtf8(std::string_view text);

// The text with every ill-formed sequence (maximal subpart, as the Unicode standard recommends) and every NUL
// replaced by U+FFFD.
std::string CleanUtf8(std::string_view text);

// The text with control characters, other than those `kept`, as \xNN: what comes from files and servers may
// neither steer a terminal nor forge a line.
std::string Printable(std::string_view text, std::string_view kept = {});

}  // namespace costream
