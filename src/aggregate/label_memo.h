// Parsed label texts, remembered across days, bounded. One per worker.
#pragma once

#include <arrow/result.h>

#include <string_view>
#include <vector>

#include "base/string_pool.h"
#include "model/labels.h"

namespace costream {

class LabelMemo {
 public:
  explicit LabelMemo(const LabelFilter* filter) : filter_(filter) {}
  // The filtered set of the text; valid until the next call.
  arrow::Result<std::string_view> Parse(std::string_view text);

 private:
  static constexpr int64_t kLimitBytes = int64_t{8} << 20;

  const LabelFilter* const filter_;
  StringPool texts_;
  StringPool sets_;
  std::vector<StringPool::Id> set_of_{StringPool::kNull};  // by id of texts_
};

}  // namespace costream
