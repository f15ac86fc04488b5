#include "config/text_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/error.h"

namespace costream {

std::string LowerCase(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

arrow::Result<std::string> Expand(const std::string& text, const Environment& environment) {
  std::string expanded;
  size_t at = 0;
  for (size_t begin; (begin = text.find("${", at)) != std::string::npos;) {
    const size_t end = text.find('}', begin);
    if (end == std::string::npos) return UsageError("a ${{ has no }}");
    expanded.append(text, at, begin - at);
    std::string name = text.substr(begin + 2, end - begin - 2);
    std::optional<std::string> otherwise;
    if (const size_t mark = name.find(":-"); mark != std::string::npos) {
      otherwise = name.substr(mark + 2);
      name.resize(mark);
    }
    std::optional<std::string> value = environment(name);
    if (otherwise && (!value || value->empty())) value = otherwise;
    if (!value) {
      return UsageError("the environment variable {0} is not set; set it, or write ${{{0}:-default}}", name);
    }
    expanded += *value;
    at = end + 1;
  }
  return expanded + text.substr(at);
}

arrow::Result<bool> ParseBool(const std::string& text) {
  const std::string word = LowerCase(text);
  for (const char* yes : {"true", "yes", "1", "on"}) {
    if (word == yes) return true;
  }
  for (const char* no : {"false", "no", "0", "off"}) {
    if (word == no) return false;
  }
  return UsageError("'{}' is neither true nor false", text);
}

arrow::Result<int64_t> ParseInteger(const std::string& text, int64_t least, int64_t most) {
  int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end || value < least || value > most) {
    return UsageError("'{}' is no whole number from {} to {}", text, least, most);
  }
  return value;
}

arrow::Result<int64_t> ParseSize(const std::string& text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  std::string unit = LowerCase(text.substr(digits));
  unit.erase(0, std::min(unit.find_first_not_of(' '), unit.size()));
  const std::array<std::string_view, 5> powers = {"", "k", "m", "g", "t"};  // of 1024
  for (size_t i = 0; i < powers.size(); ++i) {
    const std::string letter(powers[i]);
    if (unit != letter && unit != letter + "b" && (i == 0 || (unit != letter + "i" && unit != letter + "ib")))
      continue;
    const auto count = ParseInteger(text.substr(0, digits), 0, INT64_MAX >> (10 * i));
    if (count.ok()) return *count << (10 * i);
  }
  return UsageError("'{}' is no size; write it like 256MiB", text);
}

}  // namespace costream
