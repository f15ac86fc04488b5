// Label sets: parsing both spellings, filtering by enabled keys, merging, canonical JSON (spec: "Labels").
//
// A LabelSet is its own canonical encoding: the labels sorted by key (UTF-8 bytes), each as two 32-bit
// lengths, the key and the value; a bit of the first length tells that JSON takes both as they are. Equal
// sets are equal strings, so that a set can be interned like any other text. The empty set is the empty
// string.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <span>
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

// Compact JSON with sorted keys: {"app":"echo"}; the empty set is {}.
std::string LabelJson(std::string_view set);
// The JSON of the sets merged, appended: where several have a key, the last one wins.
// REQUIRES: at most kMostMerged sets.
void AppendMergedJson(std::span<const std::string_view> sets, std::string* out);
inline constexpr size_t kMostMerged = 4;

}  // namespace costream
