#include "report/cubes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "report/test_repeated_row.h"
#include "report/test_summary_file.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

const Day kFirst = DayOf(2025, 11, 29);
class Cubes : public SummaryFileTest {};

std::string TotalOf(const SliceTable& table, size_t slice, int measure) {
  return table.slices()[slice].total[measure].Text();
}

TEST_F(Cubes, AddUpPodsCapacityAndIdle) {
  const auto summary = Written({Pod(kFirst, "a", 0.25, 2, 2, R"({"app":"x"})"), Pod(kFirst, "b", 0.5, 1, 1),
                                Unallocated(kFirst, 239.25, 237, 237), Pod(kFirst + 1, "a", 40, 0, 40),
                                Unallocated(kFirst + 1, 199, 240, 200), Claim(kFirst, "a", 1.5)});
  const auto cubes = ReadCubes({summary}, {}).ValueOrDie();
  EXPECT_EQ(FormatMonth(cubes.month), "2025-11");
  EXPECT_EQ(cubes.last_day, kFirst + 1);
  const ClusterCubes& cluster = *cubes.clusters.at("s");
  EXPECT_EQ(TotalOf(cluster.total, 0, kPodUsageCpuHours), "40.75");
  EXPECT_EQ(TotalOf(cluster.total, 0, kCpuUnallocated), "438.25");
  EXPECT_EQ(TotalOf(cluster.total, 0, kCpuCapacity), "600");
  EXPECT_EQ(TotalOf(cluster.nodes, 0, kCpuCapacity), "480");
  EXPECT_EQ(TotalOf(cluster.namespaces, 0, kPodEffectiveCpuHours), "42");
  EXPECT_EQ(TotalOf(cluster.labels.at("app"), 0, kPodUsageCpuHours), "0.25");
  EXPECT_EQ(cluster.unlabelled.slices().size(), 2);
  EXPECT_EQ(TotalOf(cluster.claims, 0, 0), "1.5");
  EXPECT_EQ(cluster.claim_classes.at("a\ndata"), "fast");
  EXPECT_THAT(cluster.hours, ElementsAre(Pair(0, 24), Pair(1, 24)));
  // The second day's Unallocated row is one core-hour short.
  EXPECT_EQ(cluster.reconciliation.checked, 2);
  EXPECT_EQ(cluster.reconciliation.differing, 1);
  EXPECT_DOUBLE_EQ(cluster.reconciliation.greatest, 1);
}

TEST_F(Cubes, AreOfTheLastMonthUnlessAnotherIsAskedFor) {
  const auto summary = Written({Pod(kFirst, "a", 1, 1, 1), Pod(kFirst + 5, "a", 2, 2, 2)});
  EXPECT_EQ(FormatMonth(ReadCubes({summary}, {}).ValueOrDie().month), "2025-12");
  const auto november =
      ReadCubes({summary}, {.month = Month{2025, 11}, .source = {}, .access = {}}).ValueOrDie();
  EXPECT_EQ(TotalOf(november.clusters.at("s")->total, 0, kPodUsageCpuHours), "1");
  EXPECT_FALSE(ReadCubes({summary}, {.month = Month{2025, 10}, .source = {}, .access = {}}).ok());
}

TEST_F(Cubes, OfNothingAreAnInputError) {
  EXPECT_EQ(Message(ReadCubes({Written({})}, {}).status()), "the summary has no rows: nothing to report");
  const auto summary = Written({Pod(kFirst, "a", 1, 1, 1)});
  const auto other = ReadCubes({summary}, {.month = {}, .source = "other", .access = {}}).status();
  EXPECT_EQ(Message(other), "no rows of source other");
  EXPECT_EQ(KindOf(other), ErrorKind::kInput);
}

TEST_F(Cubes, AMeasureThatNoDecimalHoldsIsAnInputErrorThatNamesTheFile) {
  const auto status = ReadCubes({Written({Pod(kFirst, "a", 1e18, 1, 1)})}, {}).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kInput);
  EXPECT_THAT(Message(status), HasSubstr("s.parquet: column pod_usage_cpu_core_hours: 1e+18"));
}

TEST(ClusterCubes, ASumThatNoDecimalHoldsIsAnInputError) {
  for (const StoredRow& row : {PodOf(9.9e17), IdleOf(-9.9e17), ClaimOf(9.9e17)}) {
    size_t left = 1000;
    ClusterCubes cubes(&left);
    arrow::Status status;
    int64_t added = 0;
    for (; status.ok() && added < kTooManyRows; ++added) status = cubes.Add(row);
    EXPECT_LT(added, kTooManyRows);
    EXPECT_EQ(KindOf(status), ErrorKind::kInput);
    EXPECT_THAT(Message(status), HasSubstr("a sum leaves the range"));
  }
}

TEST(ClusterCubes, ADifferenceThatNoDecimalHoldsIsAnInputError) {
  size_t left = 1000;
  ClusterCubes cubes(&left);
  for (int64_t i = 0; i < 90'000; ++i) {
    ASSERT_TRUE(cubes.Add(PodOf(9.9e17)).ok());
    ASSERT_TRUE(cubes.Add(IdleOf(9.9e17)).ok());
  }
  EXPECT_THAT(Message(cubes.EndDay(0)), HasSubstr("a sum leaves the range"));
}

TEST_F(Cubes, CountNoSourceTwice) {
  const auto a = Written({Pod(kFirst, "a", 1, 1, 1)}), b = Written({Pod(kFirst, "a", 1, 1, 1)}, "b.csv");
  EXPECT_EQ(KindOf(ReadCubes({a, b}, {}).status()), ErrorKind::kUsage);
}

}  // namespace
}  // namespace costream
