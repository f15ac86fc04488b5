// From the codes of a reader's dictionary to ids of a string pool, each code looked up once.
#pragma once

#include <arrow/status.h>

#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "base/string_pool.h"
#include "decode/usage_batch.h"

namespace costream {

class CodeMap {
 public:
  // ids[i] = the id of codes[i]. `look_up(texts, ids)` gives the ids of texts that have none yet: Status; it
  // is also asked for null, as the empty text, if `null_is_text`; else null is kNull. `generation` is of
  // the ids: with another one all that are known are invalid.
  template <typename LookUp>
  arrow::Status Map(const TextDictionary& dictionary, std::span<const uint32_t> codes, uint64_t generation,
                    bool null_is_text, LookUp look_up, std::vector<uint32_t>* ids) {
    Bind(dictionary, generation, null_is_text);
    ids->resize(codes.size());
    bool all = true;
    for (size_t i = 0; i < codes.size(); ++i) {
      (*ids)[i] = ids_[codes[i]];
      all &= (*ids)[i] < kWanted;
    }
    if (all) return arrow::Status::OK();
    wanted_.clear();
    texts_.clear();
    for (const uint32_t code : codes) {
      if (ids_[code] != kUnmapped) continue;
      ids_[code] = kWanted;
      wanted_.push_back(code);
      texts_.push_back(dictionary.texts[code]);
    }
    found_.resize(wanted_.size());
    const arrow::Status status = look_up(std::span<const std::string_view>(texts_), found_.data());
    for (size_t i = 0; i < wanted_.size(); ++i) ids_[wanted_[i]] = status.ok() ? found_[i] : kUnmapped;
    for (size_t i = 0; i < codes.size(); ++i) (*ids)[i] = ids_[codes[i]];
    return status;
  }

 private:
  static constexpr StringPool::Id kUnmapped = std::numeric_limits<StringPool::Id>::max();
  static constexpr StringPool::Id kWanted = kUnmapped - 1;  // being looked up

  void Bind(const TextDictionary& dictionary, uint64_t generation, bool null_is_text) {
    if (dictionary.generation != of_codes_ || generation != of_ids_) ids_.clear();
    of_codes_ = dictionary.generation;
    of_ids_ = generation;
    if (ids_.size() < dictionary.texts.size()) ids_.resize(dictionary.texts.size(), kUnmapped);
    if (!null_is_text) ids_[0] = StringPool::kNull;
  }

  uint64_t of_codes_ = 0, of_ids_ = 0;  // generations
  std::vector<StringPool::Id> ids_;     // by code
  std::vector<uint32_t> wanted_;        // codes being looked up, their texts and ids
  std::vector<std::string_view> texts_;
  std::vector<StringPool::Id> found_;
};

}  // namespace costream
