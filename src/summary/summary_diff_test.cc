#include "summary/summary_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/test_folder.h"
#include "summary/csv_summary.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SummaryDiffTest : public FolderTest {
 protected:
  static constexpr const char* kHeader =
      "usage_start,data_source,node,pod_labels,cost_category_id,pod_usage_cpu_core_hours,node_capacity_cpu_"
      "core_hours\n";

  SummaryDiff Diff(const std::string& a, const std::string& b, const DiffOptions& options = {}) const {
    return Files(kHeader + a, kHeader + b, options).ValueOrDie();
  }
  arrow::Result<SummaryDiff> Files(const std::string& a, const std::string& b,
                                   const DiffOptions& options) const {
    ARROW_ASSIGN_OR_RAISE(const auto left, OpenCsvSummary(LocalFile(Write("a.csv", a))));
    ARROW_ASSIGN_OR_RAISE(const auto right, OpenCsvSummary(LocalFile(Write("b.csv", b))));
    return CompareSummaries(left.get(), right.get(), options);
  }
  static std::string Pod(double usage, const std::string& node = "n", const std::string& day = "01") {
    return fmt::format("2025-11-{},Pod,{},{{}},7,{},24\n", day, node, usage);
  }
};

TEST_F(SummaryDiffTest, OrderOfRowsIsFree) {
  const SummaryDiff diff =
      Diff(Pod(1, "a") + Pod(2, "b", "02") + Pod(3, "c"), Pod(2, "b", "02") + Pod(3, "c") + Pod(1, "a"));
  EXPECT_TRUE(diff.equal());
  EXPECT_EQ(diff.equal_rows(), 3);
  EXPECT_THAT(diff.columns[kFirstMeasure]->totals, ElementsAre(6, 6));
}

TEST_F(SummaryDiffTest, MeasuresAreEqualWithinTheTolerance) {
  EXPECT_TRUE(Diff(Pod(1e6), Pod(1e6 + 0.9e-3)).equal());
  EXPECT_FALSE(Diff(Pod(1e6), Pod(1e6 + 1.1e-3)).equal());
  EXPECT_TRUE(Diff(Pod(0), Pod(0.9e-12)).equal());
  EXPECT_FALSE(Diff(Pod(0), Pod(1.1e-12)).equal());
  DiffOptions wide;
  wide.relative_tolerance = 1e-3;
  EXPECT_TRUE(Diff(Pod(1000), Pod(1000.9), wide).equal());
}

TEST_F(SummaryDiffTest, UnallocatedUsageIsMeasuredByTheCapacityItIsTakenFrom) {
  const auto row = [](const std::string& labels, const std::string& usage) {
    return "2025-11-01,Pod,n," + labels + ",7," + usage + ",24000\n";
  };
  EXPECT_TRUE(Diff(row("", "0.00001"), row("", "0.00002")).equal());
  EXPECT_FALSE(Diff(row("{}", "0.00001"), row("{}", "0.00002")).equal());
}

TEST_F(SummaryDiffTest, NullIsNoNumber) {
  const SummaryDiff diff = Diff("2025-11-01,Pod,n,{},7,,24\n", "2025-11-01,Pod,n,{},7,0,24\n");
  EXPECT_EQ(diff.changed, 1);
  EXPECT_EQ(diff.columns[kFirstMeasure]->rows, 1);
  EXPECT_EQ(diff.columns[kFirstMeasure]->max_absolute, 0);
}

TEST_F(SummaryDiffTest, WhatIsOnlyInOneIsCountedAndShown) {
  const SummaryDiff diff = Diff(Pod(1, "a") + Pod(1, "b"), Pod(1, "b") + Pod(1, "c") + Pod(1, "c"));
  EXPECT_THAT(diff.only, ElementsAre(1, 2));
  EXPECT_EQ(diff.equal_rows(), 1);
  ASSERT_THAT(diff.shown, SizeIs(3));
  EXPECT_TRUE(diff.shown[0].there[0]);
  EXPECT_EQ(diff.shown[0].name()[kNodeColumn], "a");
  EXPECT_EQ(diff.shown[1].name()[kNodeColumn], "c");
}

TEST_F(SummaryDiffTest, RowsWithOtherValuesAreToldByColumn) {
  const SummaryDiff diff = Diff("2025-11-01,Pod,n,{},7,1,24\n", "2025-11-01,Pod,n,{},8,1.5,24\n");
  EXPECT_EQ(diff.changed, 1);
  EXPECT_EQ(diff.columns[kCostCategoryId]->rows, 1);
  EXPECT_EQ(diff.columns[kFirstMeasure]->max_absolute, 0.5);
  EXPECT_EQ(diff.columns[kFirstMeasure]->max_relative, 0.5 / 1.5);
  EXPECT_EQ(diff.columns[int{kFirstMeasure} + kNodeCpuHours]->rows, 0);
  ASSERT_THAT(diff.shown, SizeIs(1));
  EXPECT_THAT(diff.shown[0].columns, ElementsAre(kCostCategoryId, kFirstMeasure));
  EXPECT_EQ(diff.shown[0].texts[1][kCostCategoryId], "8");
  EXPECT_EQ(diff.shown[0].measures[1][0], 1.5);
}

TEST_F(SummaryDiffTest, OfRowsThatLookAlikeTheEqualOnesAreFoundFirst) {
  EXPECT_TRUE(Diff(Pod(1) + Pod(2) + Pod(2), Pod(2) + Pod(1) + Pod(2)).equal());
  const SummaryDiff diff = Diff(Pod(1) + Pod(2) + Pod(3), Pod(2) + Pod(3) + Pod(4));
  EXPECT_EQ(diff.equal_rows(), 2);
  EXPECT_EQ(diff.changed, 1);
  EXPECT_EQ(diff.columns[kFirstMeasure]->max_absolute, 3);
  EXPECT_EQ(Diff(Pod(2) + Pod(2), Pod(2)).only[0], 1);
}

TEST_F(SummaryDiffTest, NoMoreAreShownThanAskedForButAllAreCounted) {
  DiffOptions options;
  options.limit = 2;
  const SummaryDiff diff = Diff(Pod(1, "c", "02") + Pod(1, "b") + Pod(1, "a"), "", options);
  EXPECT_EQ(diff.only[0], 3);
  ASSERT_THAT(diff.shown, SizeIs(2));
  EXPECT_EQ(diff.shown[0].name()[kNodeColumn], "b") << "by day, then as they are read";
}

TEST_F(SummaryDiffTest, IgnoredColumnsAndAbsentOnes) {
  DiffOptions options;
  options.ignored = {"cost_category_id"};
  EXPECT_TRUE(Diff("2025-11-01,Pod,n,{},7,1,24\n", "2025-11-01,Pod,n,{},8,1,24\n", options).equal());
  const std::string fewer =
      "usage_start,data_source,node,pod_labels,pod_usage_cpu_core_hours,node_capacity_cpu_core_hours\n"
      "2025-11-01,Pod,n,{},1,24\n";
  const SummaryDiff diff = Files(kHeader + Pod(1), fewer, {}).ValueOrDie();
  EXPECT_FALSE(diff.equal());
  EXPECT_EQ(diff.equal_rows(), 1);
  EXPECT_THAT(diff.missing[0], IsEmpty());
  EXPECT_THAT(diff.missing[1], ElementsAre("cost_category_id"));
  EXPECT_TRUE(Files(kHeader + Pod(1), fewer, options).ValueOrDie().equal());
  options.ignored = {"no_such_column"};
  EXPECT_EQ(KindOf(Files(kHeader + Pod(1), fewer, options).status()), ErrorKind::kUsage);
}

TEST_F(SummaryDiffTest, OnlyTheDaysAndKindsAskedForCount) {
  DiffOptions options;
  options.first_day = options.last_day = DayOf(2025, 11, 2);
  const SummaryDiff diff = Diff(Pod(1) + Pod(2, "n", "02") + Pod(3, "n", "03"), Pod(2, "n", "02"), options);
  EXPECT_TRUE(diff.equal());
  EXPECT_EQ(diff.rows[0], 1);
  DiffOptions kinds;
  kinds.kinds = {true, false, true};
  EXPECT_TRUE(Diff(Pod(1) + "2025-11-01,Storage,n,,7,,\n", Pod(1), kinds).equal());
}

}  // namespace
}  // namespace costream
