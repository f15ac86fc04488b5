// A day fed with rows written down by a test: the seam between the readers and the aggregation. For the tests
// of this folder and of those to its right.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "aggregate/day_worker.h"
#include "base/units.h"
#include "decode/text_column.h"

namespace costream {

// One row; a column that is not named is null.
struct TestRow {
  int hour = 0;  // of the day, where interval_start stands
  std::map<TextField, std::string> texts;
  std::map<Measure, double> values;
};

inline UsageBatch BatchOf(ReportKind kind, Granularity granularity, Day day,
                          const std::vector<TestRow>& rows) {
  UsageBatch batch;
  batch.kind = kind;
  batch.granularity = granularity;
  batch.rows = static_cast<int64_t>(rows.size());
  for (int64_t row = 0; row < batch.rows; ++row) {
    batch.time_micros.push_back(day * kMicrosPerDay + rows[row].hour * kMicrosPerHour);
  }
  for (const TextColumnSpec& column : SpecOf(kind).text) {
    batch.columns.Add(column.field);
    TextColumn texts(column.field);
    for (const TestRow& row : rows) {
      const auto text = row.texts.find(column.field);
      uint32_t& code = batch.codes[static_cast<size_t>(column.field)].emplace_back(StringPool::kNull);
      if (text == row.texts.end()) continue;
      const std::string_view wanted = text->second;
      texts.InternAll({&wanted, 1}, &code);
    }
    batch.dictionaries[static_cast<size_t>(column.field)] = texts.dictionary();
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

// A state with its workers. Label and storage rows of a day come before its pod rows, as in a run.
class TestDay {
 public:
  explicit TestDay(LabelFilter filter = {}, Day day = DayOf(2025, 11, 1), int partitions = 4)
      : filter_(std::move(filter)), state_(day, partitions) {}
  TestDay(const TestDay&) = delete;
  TestDay& operator=(const TestDay&) = delete;

  // Who takes what is added from here on; worker 0 from the start.
  void UseWorker(size_t worker) { worker_ = worker; }

  // A status, and in bad_row the row that an error is of.
  arrow::Status Add(const UsageBatch& batch, PodRoles roles = {true, true, true}) {
    bad_row = -1;
    while (workers_.size() <= worker_) workers_.push_back(std::make_unique<Worker>(&state_, &filter_));
    DayWorker& door = workers_[worker_]->door;
    LabelMemo* memo = &workers_[worker_]->memo;
    switch (batch.kind) {
      case ReportKind::kPod:
        return door.AddPods(batch, 0, batch.rows, roles, memo, &bad_row);
      case ReportKind::kStorage:
        return door.AddStorage(batch, 0, batch.rows, memo, &bad_row);
      default:
        return door.AddLabels(batch, 0, batch.rows, memo, &bad_row);
    }
  }
  void Pods(const std::vector<TestRow>& rows, PodRoles roles = {true, true, true},
            Granularity granularity = Granularity::kHourly) {
    ExpectAdded(BatchOf(ReportKind::kPod, granularity, state_.day, rows), roles);
  }
  void Storage(const std::vector<TestRow>& rows) { Hourly(ReportKind::kStorage, rows); }
  void NodeLabels(const std::vector<TestRow>& rows) { Hourly(ReportKind::kNodeLabels, rows); }
  void NamespaceLabels(const std::vector<TestRow>& rows) { Hourly(ReportKind::kNamespaceLabels, rows); }

  void Finish(size_t worker) {
    if (worker < workers_.size() && workers_[worker]) workers_[worker]->door.Finish();
    if (worker < workers_.size()) workers_[worker].reset();
  }
  // All workers finished.
  DayState& state() {
    for (size_t worker = 0; worker < workers_.size(); ++worker) Finish(worker);
    workers_.clear();
    return state_;
  }

  int64_t bad_row = -1;

 private:
  struct Worker {
    Worker(DayState* state, const LabelFilter* filter) : memo(filter, int64_t{1} << 20), door(state) {}
    LabelMemo memo;
    DayWorker door;
  };

  void Hourly(ReportKind kind, const std::vector<TestRow>& rows) {
    ExpectAdded(BatchOf(kind, Granularity::kHourly, state_.day, rows), {});
  }
  void ExpectAdded(const UsageBatch& batch, PodRoles roles) {
    const arrow::Status added = Add(batch, roles);
    EXPECT_TRUE(added.ok()) << added;
  }

  const LabelFilter filter_;
  DayState state_;
  std::vector<std::unique_ptr<Worker>> workers_;
  size_t worker_ = 0;
};

// The text of an id; "(null)" for null.
inline std::string TextOf(const StringPool& pool, StringPool::Id id) {
  return id == StringPool::kNull ? "(null)" : std::string(pool.View(id));
}

}  // namespace costream
