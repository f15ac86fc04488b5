// Text cells of a batch; null is no value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/string_pool.h"
#include "decode/usage_batch.h"

namespace costream {

using TextCell = std::optional<std::string_view>;

inline TextCell CellAt(const UsageBatch& batch, TextField field, int64_t row) {
  const uint32_t code = batch.CodesOf(field)[row];
  if (code == StringPool::kNull) return std::nullopt;
  return batch.DictionaryOf(field).texts[code];
}

inline std::optional<std::string> Owned(const TextCell& text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

}  // namespace costream
