#include "base/secrets.h"

#include <algorithm>

namespace costream {
namespace {

constexpr std::string_view kAuthority = "://", kParameter = "password=";
constexpr std::string_view kEndsValue = "& \t\r\n\"'<>", kEndsAuthority = "/?# \t\r\n\"'<>";

}  // namespace

std::string WithoutPasswords(std::string_view text) {
  std::string shown;
  const auto take = [&](size_t length) {
    shown += text.substr(0, length);
    text.remove_prefix(std::min(length, text.size()));
  };
  for (;;) {
    const size_t authority = text.find(kAuthority), parameter = text.find(kParameter);
    if (authority == text.npos && parameter == text.npos) return shown += text;
    if (parameter < authority) {
      take(parameter + kParameter.size());
      text.remove_prefix(std::min(text.find_first_of(kEndsValue), text.size()));
      shown += kMasked;
      continue;
    }
    take(authority + kAuthority.size());
    const size_t end = text.find_first_of(kEndsAuthority);
    const size_t at = text.substr(0, end).rfind('@'), colon = text.substr(0, end).find(':');
    if (at == text.npos || colon >= at) continue;
    take(colon + 1);
    text.remove_prefix(at - colon - 1);
    shown += kMasked;
  }
}

}  // namespace costream
