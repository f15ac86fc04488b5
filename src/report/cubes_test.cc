#include "report/cubes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "report/test_summary_file.h"

namespace costream {
namespace {

using testing::ElementsAre;
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

TEST_F(Cubes, CountNoSourceTwice) {
  const auto a = Written({Pod(kFirst, "a", 1, 1, 1)}), b = Written({Pod(kFirst, "a", 1, 1, 1)}, "b.csv");
  EXPECT_EQ(KindOf(ReadCubes({a, b}, {}).status()), ErrorKind::kUsage);
}

}  // namespace
}  // namespace costream
