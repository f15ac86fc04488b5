#include "model/labels.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <forward_list>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/utf8.h"

namespace costream {
namespace {

// Labels in order of arrival; of equal keys the last counts. Texts that are not part of the input are
// `owned`.
struct LabelList {
  std::vector<std::pair<std::string_view, std::string_view>> labels;
  std::forward_list<std::string> owned;
  bool clean = false;  // all texts are known to be clean UTF-8

  std::string_view Own(std::string text) { return owned.emplace_front(std::move(text)); }
};

// Of the length of a key: neither key nor value needs an escape in JSON.
constexpr uint32_t kPlain = 1u << 31;

constexpr std::array<bool, 256> kEscaped = [] {
  std::array<bool, 256> escaped{};
  for (size_t c = 0; c < 0x20; ++c) escaped[c] = true;
  escaped['"'] = escaped['\\'] = true;
  return escaped;
}();

bool NeedsEscape(std::string_view text) {
  bool any = false;
  for (const char c : text) any |= kEscaped[static_cast<unsigned char>(c)];
  return any;
}

void AppendLabel(std::string_view key, std::string_view value, std::string* out) {
  const uint32_t plain = NeedsEscape(key) || NeedsEscape(value) ? 0 : kPlain;
  const uint32_t lengths[2] = {static_cast<uint32_t>(key.size()) | plain,
                               static_cast<uint32_t>(value.size())};
  out->append(reinterpret_cast<const char*>(lengths), sizeof lengths);
  out->append(key);
  out->append(value);
}

// Walks the labels of an encoded set in key order.
class LabelCursor {
 public:
  LabelCursor() = default;  // of no labels
  explicit LabelCursor(std::string_view set) : rest_(set) { Next(); }
  bool done() const { return done_; }
  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }
  bool plain() const { return plain_; }
  void Next() {
    done_ = rest_.empty();
    if (done_) return;
    uint32_t lengths[2];
    std::memcpy(lengths, rest_.data(), sizeof lengths);
    plain_ = (lengths[0] & kPlain) != 0;
    lengths[0] &= ~kPlain;
    key_ = {rest_.data() + sizeof lengths, lengths[0]};
    value_ = {rest_.data() + sizeof lengths + lengths[0], lengths[1]};
    rest_.remove_prefix(sizeof lengths + lengths[0] + lengths[1]);
  }

 private:
  std::string_view rest_, key_, value_;
  bool plain_ = false;
  bool done_ = true;
};

// By key, equal keys in order of arrival. Labels are few.
void SortLabels(LabelList* list) {
  constexpr size_t kFew = 32;
  auto& labels = list->labels;
  const auto before = [](const auto& a, const auto& b) { return a.first < b.first; };
  if (labels.size() > kFew) {
    std::stable_sort(labels.begin(), labels.end(), before);
    return;
  }
  for (size_t i = 1; i < labels.size(); ++i) {
    for (size_t at = i; at > 0 && before(labels[at], labels[at - 1]); --at) {
      std::swap(labels[at], labels[at - 1]);
    }
  }
}

LabelSet Encode(LabelList* list) {
  SortLabels(list);
  const auto& labels = list->labels;
  size_t bytes = 0;
  for (const auto& [key, value] : labels) bytes += 2 * sizeof(uint32_t) + key.size() + value.size();
  LabelSet set;
  set.reserve(bytes);
  for (size_t i = 0; i < labels.size(); ++i) {
    if (i + 1 < labels.size() && labels[i + 1].first == labels[i].first) continue;
    AppendLabel(labels[i].first, labels[i].second, &set);
  }
  return set;
}

std::string_view Clean(std::string_view text, ParsedLabels* parsed, LabelList* list) {
  if (list->clean || IsCleanUtf8(text)) return text;
  parsed->repaired = true;
  return list->Own(CleanUtf8(text));
}

// Views hold until the list is encoded.
void Keep(std::string_view key, std::string_view value, const LabelFilter& filter, ParsedLabels* parsed,
          LabelList* list) {
  key = Clean(key, parsed, list);
  if (filter.Keeps(key)) list->labels.emplace_back(key, Clean(value, parsed, list));
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

// What a character of kEscaped becomes inside a JSON string.
std::string JsonEscape(unsigned char c) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\b':
      return "\\b";
    case '\f':
      return "\\f";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return fmt::format("\\u{:04x}", c);
  }
}

// Writes the text as a JSON string; it may become six times as long. Returns the end.
char* PutJsonString(std::string_view text, bool plain, char* to) {
  *to++ = '"';
  if (plain) {
    std::memcpy(to, text.data(), text.size());
    to += text.size();
  } else {
    for (const char c : text) {
      if (kEscaped[static_cast<unsigned char>(c)]) {
        const std::string escape = JsonEscape(static_cast<unsigned char>(c));
        to = std::copy(escape.begin(), escape.end(), to);
      } else {
        *to++ = c;
      }
    }
  }
  *to++ = '"';
  return to;
}

void AppendJsonString(std::string_view text, std::string* out) {
  const size_t begin = out->size();
  out->resize(begin + 6 * text.size() + 2);
  out->resize(PutJsonString(text, /*plain=*/false, out->data() + begin) - out->data());
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
  parsed.set = Encode(&labels);
  return parsed;
}

void AppendMergedJson(std::span<const std::string_view> sets, std::string* out) {
  std::array<LabelCursor, kMostMerged> cursors;
  const size_t begin = out->size();
  // A label of an encoded set has eight bytes beside its texts, in JSON six.
  size_t room = begin + 2;
  for (size_t i = 0; i < sets.size(); ++i) {
    cursors[i] = LabelCursor(sets[i]);
    room += sets[i].size();
  }
  out->resize(room);
  size_t end = begin;
  (*out)[end++] = '{';
  for (;;) {
    const LabelCursor* label = nullptr;  // with the least key; of equals, of the last set
    for (size_t i = 0; i < sets.size(); ++i) {
      if (!cursors[i].done() && (!label || cursors[i].key() <= label->key())) label = &cursors[i];
    }
    if (!label) break;
    if (!label->plain()) out->resize(out->size() + 5 * (label->key().size() + label->value().size()));
    char* to = out->data() + end;
    if (end > begin + 1) *to++ = ',';
    to = PutJsonString(label->key(), label->plain(), to);
    *to++ = ':';
    to = PutJsonString(label->value(), label->plain(), to);
    end = to - out->data();
    const std::string_view key = label->key();
    for (size_t i = 0; i < sets.size(); ++i) {
      if (!cursors[i].done() && cursors[i].key() == key) cursors[i].Next();
    }
  }
  (*out)[end++] = '}';
  out->resize(end);
}

std::string LabelJson(std::string_view set) {
  std::string json;
  AppendMergedJson({&set, 1}, &json);
  return json;
}

}  // namespace costream
