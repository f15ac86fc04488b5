// Label texts and the sets they were parsed to, remembered across days, bounded. One per worker.
#pragma once

#include <arrow/status.h>

#include <span>
#include <string_view>
#include <vector>

#include "base/string_pool.h"
#include "model/labels.h"

namespace costream {

class LabelMemo {
 public:
  // Past `limit_bytes`, everything is forgotten.
  LabelMemo(const LabelFilter* filter, int64_t limit_bytes) : filter_(filter), limit_bytes_(limit_bytes) {}

  // ids[i] = the owner's id of the filtered set of texts[i]. An error is of the text `bad`. The owner has
  // InternAll and a generation of its ids; those of its last generation are remembered, too.
  template <typename Owner>
  arrow::Status Map(std::span<const std::string_view> texts, Owner* owner, StringPool::Id* ids,
                    std::string_view* bad) {
    ARROW_RETURN_NOT_OK(Parse(texts, bad));
    wanted_.clear();
    sets_wanted_.clear();
    for (const StringPool::Id text : texts_at_hand_) {
      Entry& entry = entries_[text];
      if (entry.generation == owner->generation()) continue;
      entry.generation = owner->generation();
      wanted_.push_back(text);
      sets_wanted_.push_back(sets_.View(entry.set));
    }
    found_.resize(wanted_.size());
    owner->InternAll(sets_wanted_, found_.data());
    for (size_t i = 0; i < wanted_.size(); ++i) entries_[wanted_[i]].owners_id = found_[i];
    for (size_t i = 0; i < texts.size(); ++i) ids[i] = entries_[texts_at_hand_[i]].owners_id;
    return arrow::Status::OK();
  }

 private:
  struct Entry {
    StringPool::Id set = StringPool::kNull;  // of sets_
    StringPool::Id owners_id = StringPool::kNull;
    uint64_t generation = 0;
  };

  arrow::Status Parse(std::span<const std::string_view> texts, std::string_view* bad);
  void Forget();

  const LabelFilter* const filter_;
  const int64_t limit_bytes_;
  StringPool texts_;
  StringPool sets_;
  std::vector<Entry> entries_{1};               // by id of texts_
  std::vector<StringPool::Id> texts_at_hand_;   // of texts_
  std::vector<StringPool::Id> wanted_, found_;  // texts whose sets the owner has not been asked for; its ids
  std::vector<std::string_view> sets_wanted_;
};

}  // namespace costream
