// A LIKE pattern and a text, a zero byte between them, against a matcher that is plain and slow.
#include <algorithm>
#include <vector>

#include "base/utf8.h"
#include "model/like.h"
#include "run_file.h"

namespace {

// The code points of a text that is UTF-8.
std::vector<std::string_view> CharactersOf(std::string_view text) {
  std::vector<std::string_view> characters;
  while (!text.empty()) {
    size_t length = 1;
    while (length < text.size() && (static_cast<uint8_t>(text[length]) & 0xC0) == 0x80) ++length;
    characters.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return characters;
}

// matches[t]: whether the pattern so far matches the first t characters.
bool PlainLike(std::string_view pattern, std::string_view text) {
  const auto of_pattern = CharactersOf(pattern), of_text = CharactersOf(text);
  std::vector<bool> matches(of_text.size() + 1);
  matches[0] = true;
  for (size_t p = 0; p < of_pattern.size(); ++p) {
    std::vector<bool> next(matches.size());
    if (of_pattern[p] == "%") {
      for (size_t t = 0; t < next.size(); ++t) next[t] = matches[t] || (t > 0 && next[t - 1]);
    } else {
      const bool any = of_pattern[p] == "_";
      if (of_pattern[p] == "\\") ++p;
      for (size_t t = 0; t < of_text.size(); ++t) {
        next[t + 1] = matches[t] && (any || of_text[t] == of_pattern[p]);
      }
    }
    matches = next;
  }
  return matches.back();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace costream;
  if (size > 4096) return 0;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(all.find('\0'), all.size());
  const std::string pattern = CleanUtf8(all.substr(0, end)),
                    text = CleanUtf8(all.substr(std::min(end + 1, all.size())));
  const arrow::Status checked = CheckLikePattern(pattern);
  RequireBlame(checked);
  if (!checked.ok()) return 0;
  Require(LikeMatches(pattern, text) == PlainLike(pattern, text), "'" + text + "' LIKE '" + pattern + "'");
  return 0;
}
