#include "model/labels.h"

#include <simdjson.h>

#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/utf8.h"

namespace costream {
namespace {

namespace ondemand = simdjson::ondemand;

using LabelMap = std::map<std::string, std::string, std::less<>>;

void AppendLabel(std::string_view key, std::string_view value, std::string* out) {
  const uint32_t lengths[2] = {static_cast<uint32_t>(key.size()), static_cast<uint32_t>(value.size())};
  out->append(reinterpret_cast<const char*>(lengths), sizeof lengths);
  out->append(key);
  out->append(value);
}

// Walks the labels of an encoded set in key order.
class LabelCursor {
 public:
  explicit LabelCursor(std::string_view set) : rest_(set) { Next(); }
  bool done() const { return done_; }
  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }
  void Next() {
    done_ = rest_.empty();
    if (done_) return;
    uint32_t lengths[2];
    std::memcpy(lengths, rest_.data(), sizeof lengths);
    key_ = rest_.substr(sizeof lengths, lengths[0]);
    value_ = rest_.substr(sizeof lengths + lengths[0], lengths[1]);
    rest_.remove_prefix(sizeof lengths + lengths[0] + lengths[1]);
  }

 private:
  std::string_view rest_, key_, value_;
  bool done_ = false;
};

LabelSet Encode(const LabelMap& labels) {
  LabelSet set;
  for (const auto& [key, value] : labels) AppendLabel(key, value, &set);
  return set;
}

std::string Clean(std::string_view text, bool* repaired) {
  if (IsCleanUtf8(text)) return std::string(text);
  *repaired = true;
  return CleanUtf8(text);
}

void Keep(std::string_view key, std::string_view value, const LabelFilter& filter, ParsedLabels* parsed,
          LabelMap* labels) {
  std::string clean = Clean(key, &parsed->repaired);
  if (!filter.Keeps(clean)) return;
  labels->insert_or_assign(std::move(clean), Clean(value, &parsed->repaired));
}

void ParseOperatorSpelling(std::string_view text, const LabelFilter& filter, ParsedLabels* parsed,
                           LabelMap* labels) {
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

// The JSON text of a value that is not a string.
simdjson::error_code RawJson(ondemand::value value, std::string_view* raw) {
  if (const auto error = simdjson::to_json_string(value).get(*raw)) return error;
  while (!raw->empty() && std::strchr(" \t\r\n", raw->back()) != nullptr) raw->remove_suffix(1);
  return nlohmann::json::accept(*raw) ? simdjson::SUCCESS : simdjson::TAPE_ERROR;
}

simdjson::error_code ParseJson(std::string_view text, const LabelFilter& filter, ParsedLabels* parsed,
                               LabelMap* labels) {
  thread_local ondemand::parser parser;
  const simdjson::padded_string padded(text);
  ondemand::document document;
  if (const auto error = parser.iterate(padded).get(document)) return error;
  ondemand::object object;
  if (const auto error = document.get_object().get(object)) return error;
  for (auto item : object) {
    ondemand::field field;
    if (const auto error = std::move(item).get(field)) return error;
    std::string_view key;
    if (const auto error = field.unescaped_key().get(key)) return error;
    const std::string owned_key(key);
    ondemand::json_type type;
    if (const auto error = field.value().type().get(type)) return error;
    std::string_view value;
    const auto error = type == ondemand::json_type::string ? field.value().get_string().get(value)
                                                           : RawJson(field.value(), &value);
    if (error) return error;
    Keep(owned_key, value, filter, parsed, labels);
  }
  const char* end = nullptr;
  if (document.current_location().get(end) == simdjson::SUCCESS)
    return simdjson::TAPE_ERROR;  // text after the object
  return simdjson::SUCCESS;
}

}  // namespace

LabelFilter::LabelFilter(const std::optional<std::vector<std::string>>& enabled) {
  if (!enabled) return;
  enabled_.emplace(enabled->begin(), enabled->end());
  enabled_->insert("vm_kubevirt_io_name");
}

arrow::Result<ParsedLabels> ParseLabels(std::string_view text, const LabelFilter& filter) {
  ParsedLabels parsed;
  LabelMap labels;
  const size_t first = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const bool json = first < text.size() && (text[first] == '{' || text[first] == '[');
  if (!json) {
    ParseOperatorSpelling(text, filter, &parsed, &labels);
  } else if (ParseJson(text, filter, &parsed, &labels)) {
    const std::string repaired = RepairJson(text);
    labels.clear();
    const auto error = ParseJson(repaired, filter, &parsed, &labels);
    if (error) {
      return InputError("labels begin as JSON but are no JSON object of strings: {}", text.substr(0, 80));
    }
    parsed.repaired |= repaired != text;
  }
  parsed.set = Encode(labels);
  return parsed;
}

LabelSet MergeLabels(std::string_view under, std::string_view over) {
  if (under.empty()) return LabelSet(over);
  if (over.empty()) return LabelSet(under);
  LabelSet merged;
  merged.reserve(under.size() + over.size());
  LabelCursor low(under), high(over);
  while (!low.done() || !high.done()) {
    const int order = low.done() ? 1 : high.done() ? -1 : low.key().compare(high.key());
    if (order < 0) {
      AppendLabel(low.key(), low.value(), &merged);
    } else {
      AppendLabel(high.key(), high.value(), &merged);
      if (!high.done()) high.Next();
    }
    if (order <= 0) low.Next();
  }
  return merged;
}

namespace {

void AppendJsonString(std::string_view text, std::string* out) {
  out->push_back('"');
  for (const char c : text) {
    switch (c) {
      case '"':
        *out += "\\\"";
        break;
      case '\\':
        *out += "\\\\";
        break;
      case '\b':
        *out += "\\b";
        break;
      case '\f':
        *out += "\\f";
        break;
      case '\n':
        *out += "\\n";
        break;
      case '\r':
        *out += "\\r";
        break;
      case '\t':
        *out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          *out += fmt::format("\\u{:04x}", c);
        } else {
          out->push_back(c);
        }
    }
  }
  out->push_back('"');
}

}  // namespace

void AppendLabelJson(std::string_view set, std::string* out) {
  out->push_back('{');
  for (LabelCursor label(set); !label.done(); label.Next()) {
    if (out->back() != '{') out->push_back(',');
    AppendJsonString(label.key(), out);
    out->push_back(':');
    AppendJsonString(label.value(), out);
  }
  out->push_back('}');
}

std::string LabelJson(std::string_view set) {
  std::string json;
  AppendLabelJson(set, &json);
  return json;
}

}  // namespace costream
