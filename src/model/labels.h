// Label sets: parsing both spellings, filtering by enabled keys, merging, canonical JSON (spec: "Labels").
//
// A LabelSet is its own canonical encoding: the labels sorted by key (UTF-8 bytes), each as two 32-bit
// lengths, the key and the value; a bit of the first length tells that JSON takes both as they are. Equal
// sets are equal strings, so that a set can be interned like any other text. The empty set is the empty
// string.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/string_pool.h"

namespace costream {

using LabelSet = std::string;

// Which keys are kept. `vm_kubevirt_io_name` always is.
class LabelFilter {
 public:
  LabelFilter() = default;  // keeps every key
  explicit LabelFilter(const std::optional<std::vector<std::string>>& enabled);
  bool Keeps(std::string_view key) const { return keeps_all_ || enabled_.Find(key) != StringPool::kNull; }

 private:
  bool keeps_all_ = true;
  StringPool enabled_;
};

struct ParsedLabels {
  LabelSet set;
  bool repaired = false;  // held text that became U+FFFD
};

// Parses one cell. Input error (without a file name) where the text begins as JSON and is no JSON object.
// Thread-safe.
arrow::Result<ParsedLabels> ParseLabels(std::string_view text, const LabelFilter& filter);

// `over` beats `under` where both have a key.
LabelSet MergeLabels(std::string_view under, std::string_view over);

// Compact JSON with sorted keys: {"app":"echo"}; the empty set is {}.
std::string LabelJson(std::string_view set);
// The JSON of MergeLabels(under, over), appended.
void AppendMergedJson(std::string_view under, std::string_view over, std::string* out);

}  // namespace costream
