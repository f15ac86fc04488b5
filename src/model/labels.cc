#include "model/labels.h"

#include <algorithm>
#include <forward_list>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/utf8.h"

namespace costream {
namespace {

// Labels in order of arrival. Texts that are not part of the input are `owned`.
struct LabelList {
  std::vector<Label> labels;
  std::forward_list<std::string> owned;
  bool clean = false;  // all texts are known to be clean UTF-8

  std::string_view Own(std::string text) { return owned.emplace_front(std::move(text)); }
};

std::string_view Clean(std::string_view text, ParsedLabels* parsed, LabelList* list) {
  if (list->clean || IsCleanUtf8(text)) return text;
  parsed->repaired = true;
  return list->Own(CleanUtf8(text));
}

// Views hold until the list is encoded.
void Keep(std::string_view key, std::string_view value, const LabelFilter& filter, ParsedLabels* parsed,
          LabelList* list) {
  key = Clean(key, parsed, list);
  if (filter.Keeps(key)) list->labels.push_back({key, Clean(value, parsed, list)});
}

void ParseOperatorSpelling(std::string_view text, const LabelFilter& filter, ParsedLabels* parsed,
                           LabelList* labels) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('|'), text.size());
    std::string_view piece = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t colon = piece.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view key = piece.substr(0, colon);
    if (key.starts_with("label_")) key.remove_prefix(6);
    Keep(key, piece.substr(colon + 1), filter, parsed, labels);
  }
}

// Replaces what JSON text may hold and a JSON parser refuses, though the specification takes it: bytes that
// are no UTF-8, and escapes of lone surrogates. Anything else stays as it is.
std::string RepairJson(std::string_view text) {
  const std::string clean = CleanUtf8(text);
  const auto hex = [&](size_t at) -> int {  // the value of \uXXXX at `at`, else -1
    if (at + 6 > clean.size() || clean[at] != '\\' || clean[at + 1] != 'u') return -1;
    int value = 0;
    for (size_t i = at + 2; i < at + 6; ++i) {
      const char c = clean[i];
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return -1;
      value = value * 16 + digit;
    }
    return value;
  };
  std::string repaired;
  for (size_t i = 0; i < clean.size();) {
    const int unit = hex(i);
    if (unit >= 0xD800 && unit <= 0xDBFF && hex(i + 6) >= 0xDC00 && hex(i + 6) <= 0xDFFF) {
      repaired.append(clean, i, 12);
      i += 12;
    } else if (unit >= 0xD800 && unit <= 0xDFFF) {
      repaired += "\\ufffd";
      i += 6;
    } else {
      const size_t length = clean[i] == '\\' ? 2 : 1;
      repaired.append(clean, i, length);
      i += length;
    }
  }
  return repaired;
}

// Makes every number of the JSON text small, so that it fits a double, which the parser asks for; what was no
// JSON stays none. The numbers as spelled go to `numbers`, in order.
std::string WithSmallNumbers(std::string_view text, std::vector<std::string>* numbers) {
  std::string small;
  bool quoted = false;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (quoted || !(c == '-' || (c >= '0' && c <= '9'))) {
      const size_t length = quoted && c == '\\' ? 2 : 1;
      quoted ^= c == '"';
      small.append(text, i, length);
      i += length;
      continue;
    }
    const size_t end = std::min(text.find_first_not_of("+-.0123456789Ee", i), text.size());
    int digits = 0;  // of a part of the number, of which two tell all that can be wrong
    bool exponent = false;
    for (const char part : numbers->emplace_back(text.substr(i, end - i))) {
      if (part < '0' || part > '9') {
        digits = 0;
        exponent |= part == 'e' || part == 'E';
        small += part;
      } else if (++digits <= 2) {
        small += exponent ? '0' : part;
      }
    }
    i = end;
  }
  return small;
}

// Takes the labels from the events of a JSON parser: an object of strings, other values as their compact JSON
// text.
class LabelEvents : public nlohmann::json_sax<nlohmann::json> {
 public:
  // `numbers`: how the text's numbers are spelled, in order; empty where the parser is to tell.
  LabelEvents(const LabelFilter& filter, const std::vector<std::string>& numbers, ParsedLabels* parsed,
              LabelList* labels)
      : filter_(filter), numbers_(numbers), parsed_(parsed), labels_(labels) {}

  bool null() override { return Raw("null"); }
  bool boolean(bool value) override { return Raw(value ? "true" : "false"); }
  // Only numbers with a sign come here; 0 among them was spelled -0.
  bool number_integer(number_integer_t value) override {
    return Number(value ? std::to_string(value) : "-0");
  }
  bool number_unsigned(number_unsigned_t value) override { return Number(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return Number(text); }
  bool binary(binary_t&) override { return false; }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

  bool string(string_t& value) override {
    if (depth_ == 1) {
      KeepOwned(value);
      return true;
    }
    std::string quoted;
    AppendJsonString(value, &quoted);
    return Raw(quoted);
  }

  bool key(string_t& name) override {
    if (depth_ == 1) {
      key_ = name;
      return true;
    }
    Separate();
    AppendJsonString(name, &nested_);
    nested_ += ':';
    return true;
  }

  bool start_object(size_t) override { return Open('{'); }
  bool end_object() override { return Close('}'); }
  bool start_array(size_t) override { return Open('['); }
  bool end_array() override { return Close(']'); }

 private:
  static constexpr int kDeepest = 100;

  void KeepOwned(const std::string& value) {
    if (!filter_.Keeps(key_) && IsCleanUtf8(key_)) return;
    Keep(labels_->Own(key_), labels_->Own(value), filter_, parsed_, labels_);
  }

  // A comma before the second and later parts of a nested value.
  void Separate() {
    if (!nested_.empty() && nested_.back() != '{' && nested_.back() != '[' && nested_.back() != ':')
      nested_ += ',';
  }

  bool Number(const std::string& text) {
    return Raw(next_number_ < numbers_.size() ? numbers_[next_number_++] : text);
  }

  bool Raw(const std::string& text) {
    if (depth_ == 0) return false;
    if (depth_ == 1) {
      KeepOwned(text);
    } else {
      Separate();
      nested_ += text;
    }
    return true;
  }

  bool Open(char bracket) {
    if (depth_ == 0 && bracket != '{') return false;
    if (++depth_ > kDeepest) return false;
    if (depth_ > 1) {
      Separate();
      nested_ += bracket;
    }
    return true;
  }

  bool Close(char bracket) {
    if (--depth_ > 0) nested_ += bracket;
    if (depth_ == 1) {
      KeepOwned(nested_);
      nested_.clear();
    }
    return true;
  }

  const LabelFilter& filter_;
  const std::vector<std::string>& numbers_;
  ParsedLabels* const parsed_;
  LabelList* const labels_;
  std::string key_, nested_;
  int depth_ = 0;
  size_t next_number_ = 0;
};

bool ParseJson(std::string_view text, const LabelFilter& filter, const std::vector<std::string>& numbers,
               ParsedLabels* parsed, LabelList* labels) {
  labels->labels.clear();
  LabelEvents events(filter, numbers, parsed, labels);
  return nlohmann::json::sax_parse(text, &events);
}

}  // namespace

LabelFilter::LabelFilter(const std::optional<std::vector<std::string>>& enabled) {
  if (!enabled) return;
  keeps_all_ = false;
  for (const std::string& key : *enabled) enabled_.Intern(key);
  enabled_.Intern("vm_kubevirt_io_name");
}

arrow::Result<ParsedLabels> ParseLabels(std::string_view text, const LabelFilter& filter) {
  ParsedLabels parsed;
  static thread_local LabelList labels;  // keeps its memory from call to call
  labels.labels.clear();
  labels.owned.clear();
  labels.clean = false;
  const size_t first = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const bool json = first < text.size() && (text[first] == '{' || text[first] == '[');
  if (!json) {
    labels.clean = IsCleanUtf8(text);
    ParseOperatorSpelling(text, filter, &parsed, &labels);
  } else if (!ParseJson(text, filter, {}, &parsed, &labels)) {
    const std::string repaired = RepairJson(text);
    std::vector<std::string> numbers;
    if (!ParseJson(repaired, filter, {}, &parsed, &labels) &&
        !ParseJson(WithSmallNumbers(repaired, &numbers), filter, numbers, &parsed, &labels)) {
      return InputError("labels begin as JSON but are no JSON object of strings: {}", text.substr(0, 80));
    }
    parsed.repaired |= repaired != text;
  }
  parsed.set = MakeLabelSet(&labels.labels);
  return parsed;
}

}  // namespace costream
