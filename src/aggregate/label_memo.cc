#include "aggregate/label_memo.h"

#include <algorithm>

namespace costream {

arrow::Status LabelMemo::Parse(std::span<const std::string_view> texts, std::string_view* bad) {
  if (texts_.bytes() + sets_.bytes() > limit_bytes_) Forget();
  texts_at_hand_.resize(texts.size());
  texts_.InternAll(texts, texts_at_hand_.data());
  for (StringPool::Id id = static_cast<StringPool::Id>(entries_.size()); id < texts_.size(); ++id) {
    const auto parsed = ParseLabels(texts_.View(id), *filter_);
    if (!parsed.ok()) {
      *bad = texts[std::ranges::find(texts_at_hand_, id) - texts_at_hand_.begin()];
      Forget();  // else the text would stay, without a set
      return parsed.status();
    }
    entries_.push_back({.set = sets_.Intern(parsed->set)});
  }
  return arrow::Status::OK();
}

void LabelMemo::Forget() {
  texts_.Clear();
  sets_.Clear();
  entries_.resize(1);
}

}  // namespace costream
