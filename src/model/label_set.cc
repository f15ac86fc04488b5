#include "model/label_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "base/utf8.h"

namespace costream {
namespace {

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
void SortLabels(std::vector<Label>* list) {
  constexpr size_t kFew = 32;
  auto& labels = *list;
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

}  // namespace

LabelSet MakeLabelSet(std::vector<Label>* list) {
  SortLabels(list);
  const auto& labels = *list;
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

bool IsLabelSet(std::string_view bytes) {
  std::optional<std::string_view> before;
  while (!bytes.empty()) {
    uint32_t lengths[2];
    if (bytes.size() < sizeof lengths) return false;
    std::memcpy(lengths, bytes.data(), sizeof lengths);
    bytes.remove_prefix(sizeof lengths);
    const bool plain = (lengths[0] & kPlain) != 0;
    lengths[0] &= ~kPlain;
    if (bytes.size() < lengths[0] || bytes.size() - lengths[0] < lengths[1]) return false;
    const std::string_view key = bytes.substr(0, lengths[0]), value = bytes.substr(lengths[0], lengths[1]);
    if (plain == (NeedsEscape(key) || NeedsEscape(value))) return false;
    if (!IsCleanUtf8(key) || !IsCleanUtf8(value) || (before && *before >= key)) return false;
    before = key;
    bytes.remove_prefix(key.size() + value.size());
  }
  return true;
}

void AppendJsonString(std::string_view text, std::string* out) {
  const size_t begin = out->size();
  out->resize(begin + 6 * text.size() + 2);
  out->resize(PutJsonString(text, /*plain=*/false, out->data() + begin) - out->data());
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
