// A day fed with rows written down by a test: the seam between the readers and the aggregation. For the tests
// of this folder and of those to its right.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "aggregate/day_state.h"
#include "base/units.h"

namespace costream {

// One row; a column that is not named is null.
struct TestRow {
  int hour = 0;  // of the day, where interval_start stands
  std::map<TextField, std::string> texts;
  std::map<Measure, double> values;
};

inline UsageBatch BatchOf(ReportKind kind, Granularity granularity, Day day,
                          const std::vector<TestRow>& rows) {
  static uint64_t generation = 1'000'000;  // apart from those of readers
  UsageBatch batch;
  batch.kind = kind;
  batch.granularity = granularity;
  batch.rows = static_cast<int64_t>(rows.size());
  for (int64_t row = 0; row < batch.rows; ++row) {
    batch.time_micros.push_back(day * kMicrosPerDay + rows[row].hour * kMicrosPerHour);
    batch.source_row.push_back(row);
  }
  for (const TextColumnSpec& column : SpecOf(kind).text) {
    batch.columns.Add(column.field);
    const auto dictionary = std::make_shared<TextDictionary>();
    dictionary->generation = ++generation;
    for (const TestRow& row : rows) {
      const auto text = row.texts.find(column.field);
      batch.codes[static_cast<size_t>(column.field)].push_back(
          text == row.texts.end() ? StringPool::kNull : dictionary->pool.Intern(text->second));
    }
    batch.dictionaries[static_cast<size_t>(column.field)] = dictionary;
  }
  for (const MeasureColumnSpec& column : SpecOf(kind).measures) {
    batch.columns.Add(column.measure);
    for (const TestRow& row : rows) {
      const auto value = row.values.find(column.measure);
      batch.measures[static_cast<size_t>(column.measure)].push_back(
          value == row.values.end() ? kNoValue : value->second);
    }
  }
  return batch;
}

// A state with its worker's label memo. Storage rows of a day come before its pod rows, as in a run.
class TestDay {
 public:
  explicit TestDay(LabelFilter filter = {},
                   std::shared_ptr<ClaimedPods> claimed = std::make_shared<ClaimedPods>(),
                   Day day = DayOf(2025, 11, 1))
      : filter_(std::move(filter)),
        memo_(&filter_),
        claimed_(std::move(claimed)),
        state_(std::make_unique<DayState>(day, claimed_)) {}
  TestDay(const TestDay&) = delete;
  TestDay& operator=(const TestDay&) = delete;

  // A status, and in bad_row the row that an error is of.
  arrow::Status Add(const UsageBatch& batch, PodRoles roles = {true, true, true}) {
    bad_row = -1;
    switch (batch.kind) {
      case ReportKind::kPod:
        return state_->AddPods(batch, 0, batch.rows, roles, &memo_, &bad_row);
      case ReportKind::kStorage:
        return state_->AddStorage(batch, 0, batch.rows, &memo_, claimed_.get(), &bad_row);
      default:
        return state_->AddLabels(batch, 0, batch.rows, &memo_, &bad_row);
    }
  }

  void Pods(const std::vector<TestRow>& rows, PodRoles roles = {true, true, true},
            Granularity granularity = Granularity::kHourly) {
    ExpectAdded(BatchOf(ReportKind::kPod, granularity, state_->day(), rows), roles);
  }
  void Storage(const std::vector<TestRow>& rows) { Hourly(ReportKind::kStorage, rows); }
  void NodeLabels(const std::vector<TestRow>& rows) { Hourly(ReportKind::kNodeLabels, rows); }
  void NamespaceLabels(const std::vector<TestRow>& rows) { Hourly(ReportKind::kNamespaceLabels, rows); }

  DayState& state() { return *state_; }
  const std::shared_ptr<ClaimedPods>& claimed() const { return claimed_; }

  int64_t bad_row = -1;

 private:
  void Hourly(ReportKind kind, const std::vector<TestRow>& rows) {
    ExpectAdded(BatchOf(kind, Granularity::kHourly, state_->day(), rows), {});
  }
  void ExpectAdded(const UsageBatch& batch, PodRoles roles) {
    const arrow::Status added = Add(batch, roles);
    EXPECT_TRUE(added.ok()) << added;
  }

  const LabelFilter filter_;
  LabelMemo memo_;
  const std::shared_ptr<ClaimedPods> claimed_;
  const std::unique_ptr<DayState> state_;
};

}  // namespace costream
