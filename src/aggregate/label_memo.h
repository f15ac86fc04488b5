// Parsed label texts, remembered across days, bounded. One per worker.
#pragma once

#include <arrow/result.h>

#include <span>
#include <string_view>
#include <vector>

#include "base/string_pool.h"
#include "model/labels.h"

namespace costream {

class LabelMemo {
 public:
  explicit LabelMemo(const LabelFilter* filter) : filter_(filter) {}
  // The filtered sets of the texts; valid until the next call. An error is of the text `bad`.
  arrow::Status ParseAll(std::span<const std::string_view> texts, std::vector<std::string_view>* sets,
                         std::string_view* bad);

 private:
  const LabelFilter* const filter_;
  StringPool texts_;
  StringPool sets_;
  std::vector<StringPool::Id> set_of_{StringPool::kNull};  // by id of texts_
  std::vector<StringPool::Id> ids_;                        // of the texts at hand
};

}  // namespace costream
