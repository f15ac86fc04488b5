#include "serve/query_text.h"

#include <algorithm>
#include <charconv>

namespace costream {
namespace {

std::string Decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace

std::multimap<std::string, std::string> QueryParameters(std::string_view target) {
  std::multimap<std::string, std::string> parameters;
  std::string_view rest = target.substr(std::min(target.find('?'), target.size()));
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view part = rest.substr(0, std::min(rest.find('&'), rest.size()));
    rest.remove_prefix(part.size());
    if (part.empty()) continue;
    const size_t sign = std::min(part.find('='), part.size());
    parameters.emplace(Decoded(part.substr(0, sign)), Decoded(part.substr(std::min(sign + 1, part.size()))));
  }
  return parameters;
}

}  // namespace costream
