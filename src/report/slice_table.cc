#include "report/slice_table.h"

#include "report/report_row.h"

namespace costream {

SliceTable::SliceTable(int measures, int places, std::vector<int> daily, size_t limit, size_t* left)
    : measures_(measures), places_(places), daily_(std::move(daily)), limit_(limit), left_(left) {}

SliceTable::Slice* SliceTable::Find(std::optional<std::string_view> name) {
  std::string key(name.value_or(""));
  if (!name && null_) return &slices_[*null_];
  if (name) {
    if (const auto found = index_.find(key); found != index_.end()) return &slices_[found->second];
  }
  const bool full = slices_.size() >= limit_ || (left_ && *left_ == 0);
  if (full && others_) return &slices_[*others_];
  const size_t at = slices_.size();
  Slice& slice = slices_.emplace_back();
  slice.today.resize(measures_);
  slice.total.resize(measures_);
  slice.by_day.resize(daily_.size());
  if (left_ && !full) --*left_;
  if (full) {
    slice.others = true;
    others_ = at;
  } else if (name) {
    slice.name = key;
    index_.emplace(std::move(key), at);
  } else {
    null_ = at;
  }
  return &slice;
}

bool SliceTable::Add(std::optional<std::string_view> name, std::span<const int128> values) {
  Slice* const slice = Find(name);
  bool fits = true;
  for (int i = 0; i < measures_; ++i) fits &= slice->today[i].Add(values[i]);
  return fits;
}

arrow::Status SliceTable::EndDay(size_t day) {
  for (Slice& slice : slices_) {
    for (size_t i = 0; i < daily_.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(const int64_t shown, slice.today[daily_[i]].Rounded(places_));
      if (shown == 0) continue;
      slice.by_day[i].resize(day + 1);
      slice.by_day[i][day] = shown;
    }
    for (int i = 0; i < measures_; ++i) {
      if (!slice.total[i].Add(slice.today[i])) return SumOutOfRange();
      slice.today[i] = DecimalSum();
    }
  }
  return arrow::Status::OK();
}

}  // namespace costream
