#include "aggregate/label_memo.h"

namespace costream {

arrow::Result<std::string_view> LabelMemo::Parse(std::string_view text) {
  StringPool::Id id = texts_.Find(text);
  if (id == StringPool::kNull) {
    ARROW_ASSIGN_OR_RAISE(const ParsedLabels parsed, ParseLabels(text, *filter_));
    if (texts_.bytes() + sets_.bytes() > kLimitBytes) {
      texts_.Clear();
      sets_.Clear();
      set_of_.resize(1);
    }
    id = texts_.Intern(text);
    set_of_.push_back(sets_.Intern(parsed.set));
  }
  return sets_.View(set_of_[id]);
}

}  // namespace costream
