// Rows of texts as keys of bytes, so that comparing bytes compares the texts in turn: UTF-8 bytes, null last.
//
// A text is 1, its bytes (0 as 0 255), 0 0; null is 255.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace costream {

inline constexpr char kNullField = '\xFF';

inline void AppendField(const std::optional<std::string_view>& text, std::string* key) {
  if (!text) {
    key->push_back(kNullField);
    return;
  }
  key->push_back('\1');
  std::string_view rest = *text;
  for (size_t zero; (zero = rest.find('\0')) != std::string_view::npos; rest.remove_prefix(zero + 1)) {
    key->append(rest.substr(0, zero + 1)).push_back('\xFF');
  }
  key->append(rest).append(2, '\0');
}

// Takes the first field, still encoded, off the key.
inline std::string_view TakeField(std::string_view* key) {
  size_t size = 1;
  if (key->front() != kNullField) {
    size = key->find('\0');
    while ((*key)[size + 1] != '\0') size = key->find('\0', size + 2);
    size += 2;
  }
  const std::string_view field = key->substr(0, size);
  key->remove_prefix(size);
  return field;
}

// The text of a field, in the field or, where it has to be, in `decoded`.
inline std::optional<std::string_view> TextOfField(std::string_view field, std::string* decoded) {
  if (field.front() == kNullField) return std::nullopt;
  std::string_view rest = field.substr(1, field.size() - 3);
  size_t zero = rest.find('\0');
  if (zero == std::string_view::npos) return rest;
  decoded->clear();
  for (; zero != std::string_view::npos; zero = rest.find('\0')) {
    decoded->append(rest.substr(0, zero + 1));
    rest.remove_prefix(zero + 2);
  }
  return decoded->append(rest);
}

}  // namespace costream
