#include "model/like.h"

#include <string>

#include "base/error.h"

namespace costream {
namespace {

// Bytes of the UTF-8 character at `at`.
size_t CharacterLength(std::string_view text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return end - at;
}

}  // namespace

arrow::Status CheckLikePattern(std::string_view pattern) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && ++i == pattern.size()) {
      return UsageError(
          "cost category pattern '{}' ends in a single backslash; write two to match a backslash", pattern);
    }
  }
  return arrow::Status::OK();
}

bool LikeMatches(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0;
  size_t star = std::string_view::npos, star_text = 0;  // where the last % may take one more character
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '%') {
      star = ++p;
      star_text = t;
    } else if (p < pattern.size() && pattern[p] == '_') {
      ++p;
      t += CharacterLength(text, t);
    } else if (p < pattern.size() && pattern[p + (pattern[p] == '\\' ? 1 : 0)] == text[t]) {
      p += pattern[p] == '\\' ? 2 : 1;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star;
      star_text += CharacterLength(text, star_text);
      t = star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

}  // namespace costream
