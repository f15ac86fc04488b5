#include "aggregate/label_memo.h"

namespace costream {
namespace {

constexpr int64_t kLimitBytes = int64_t{8} << 20;  // past it, everything is forgotten

}  // namespace

arrow::Status LabelMemo::ParseAll(std::span<const std::string_view> texts,
                                  std::vector<std::string_view>* sets, std::string_view* bad) {
  if (texts_.bytes() + sets_.bytes() > kLimitBytes) {
    texts_.Clear();
    sets_.Clear();
    set_of_.resize(1);
  }
  ids_.resize(texts.size());
  texts_.InternAll(texts, ids_.data());
  for (StringPool::Id id = static_cast<StringPool::Id>(set_of_.size()); id < texts_.size(); ++id) {
    auto parsed = ParseLabels(texts_.View(id), *filter_);
    if (!parsed.ok()) {
      *bad = texts_.View(id);
      set_of_.resize(texts_.size(), StringPool::kNull);  // the run ends here
      return parsed.status();
    }
    set_of_.push_back(sets_.Intern(parsed->set));
  }
  sets->resize(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) (*sets)[i] = sets_.View(set_of_[ids_[i]]);
  return arrow::Status::OK();
}

}  // namespace costream
