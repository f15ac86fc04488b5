// Labels as reports spell them, in both spellings, to sets of the enabled keys (spec: "Labels").
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/string_pool.h"
#include "model/label_set.h"

namespace costream {

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

}  // namespace costream
