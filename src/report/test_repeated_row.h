// A summary that has one row again and again. For tests only.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "summary/summary_reader.h"

namespace costream {

// Of the greatest measures that a decimal holds, so many rows have a sum that leaves 128 bits.
constexpr int64_t kTooManyRows = 172'000;

// All measures the same.
inline StoredRow RowOfMeasures(std::string_view data_source, bool pod_labels, double measure) {
  StoredRow row;
  row.texts[kDataSource] = data_source;
  row.texts[kNodeColumn] = "n";
  row.texts[kNamespaceColumn] = "a";
  if (pod_labels) row.texts[kPodLabelsColumn] = row.texts[kAllLabelsColumn] = "{}";
  row.measures.fill(measure);
  return row;
}
inline StoredRow PodOf(double measure) { return RowOfMeasures("Pod", true, measure); }
inline StoredRow IdleOf(double measure) { return RowOfMeasures("Pod", false, measure); }
inline StoredRow ClaimOf(double measure) { return RowOfMeasures("Storage", false, measure); }

class RepeatedRow : public SummaryReader {
 public:
  // `change` gets each row before it is given.
  RepeatedRow(Day day, const StoredRow& row, int64_t times,
              std::function<void(int64_t, StoredRow*)> change = nullptr)
      : day_(day), row_(row), times_(times), change_(std::move(change)) {}

  const std::vector<bool>& columns() const override { return columns_; }
  arrow::Result<std::vector<Day>> Days() override { return std::vector<Day>{day_}; }
  arrow::Status Read(Day, const TakeRow& take) override {
    for (int64_t i = 0; i < times_; ++i) {
      if (change_) change_(i, &row_);
      ARROW_RETURN_NOT_OK(take(row_));
    }
    return arrow::Status::OK();
  }

 private:
  const Day day_;
  StoredRow row_;
  const int64_t times_;
  const std::function<void(int64_t, StoredRow*)> change_;
  const std::vector<bool> columns_ = std::vector<bool>(SummarySchema()->num_fields(), true);
};

}  // namespace costream
