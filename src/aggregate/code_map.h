// From the codes of a reader's dictionary to the ids of a day's string pool, each code looked up once.
#pragma once

#include <arrow/result.h>

#include <limits>
#include <vector>

#include "base/string_pool.h"
#include "decode/usage_batch.h"
#include "model/labels.h"

namespace costream {

class CodeMap {
 public:
  // REQUIRES before use: bound to the dictionary that the codes come from.
  void Bind(const TextDictionary& dictionary) {
    if (dictionary.generation != generation_) ids_.clear();
    generation_ = dictionary.generation;
    dictionary_ = &dictionary;
    if (ids_.size() < dictionary.pool.size()) ids_.resize(dictionary.pool.size(), kUnmapped);
  }

  StringPool::Id Map(uint32_t code, StringPool* pool) {
    if (code == StringPool::kNull) return StringPool::kNull;
    if (ids_[code] == kUnmapped) [[unlikely]]
      ids_[code] = pool->Intern(dictionary_->pool.View(code));
    return ids_[code];
  }

  // As Map, by a function from the text to an id: Result<Id>(string_view).
  template <typename Function>
  arrow::Result<StringPool::Id> MapBy(uint32_t code, Function function) {
    if (code == StringPool::kNull) return function(std::string_view());
    if (ids_[code] == kUnmapped) [[unlikely]] {
      ARROW_ASSIGN_OR_RAISE(ids_[code], function(dictionary_->pool.View(code)));
    }
    return ids_[code];
  }

 private:
  static constexpr StringPool::Id kUnmapped = std::numeric_limits<StringPool::Id>::max();
  uint64_t generation_ = 0;
  const TextDictionary* dictionary_ = nullptr;
  std::vector<StringPool::Id> ids_;
};

}  // namespace costream
