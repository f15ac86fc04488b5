// A uuid as text: 8-4-4-4-12 hexadecimal digits.
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>

namespace costream {

inline std::string UuidText(const uint8_t* bytes) {
  std::string text;
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    fmt::format_to(std::back_inserter(text), "{:02x}", bytes[i]);
  }
  return text;
}

}  // namespace costream
