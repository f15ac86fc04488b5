#include "merge/day_capacity.h"

#include <gtest/gtest.h>

#include "aggregate/test_day.h"

namespace costream {
namespace {

using enum TextField;
using enum Measure;

constexpr PodRoles kCapacityOnly = {.capacity = true};

TestRow Cores(int hour, const std::string& node, double core_seconds) {
  return {hour, {{kNode, node}}, {{kNodeCoreSeconds, core_seconds}}};
}

double CoresOf(TestDay* day, const std::string& node) {
  return ComputeCapacity(day->state().nodes).Of(day->state().names.pool().Find(node)).core_seconds.ToDouble();
}

double ClusterCores(TestDay* day) {
  return ComputeCapacity(day->state().nodes).cluster.core_seconds.ToDouble();
}

TEST(DayCapacity, IsTheSumOverIntervalsOfEachIntervalsMaximum) {
  TestDay day;
  day.Pods({Cores(0, "n1", 10), Cores(0, "n1", 14), Cores(0, "n1", 12), Cores(1, "n1", 3)}, kCapacityOnly);
  EXPECT_EQ(CoresOf(&day, "n1"), 17);  // max(10, 14, 12) + 3
}

TEST(DayCapacity, TheClusterIsTheSumOfItsNodes) {
  TestDay day;
  day.Pods({Cores(0, "n1", 10), Cores(0, "n2", 20), Cores(1, "n2", 5)}, kCapacityOnly);
  EXPECT_EQ(CoresOf(&day, "n1"), 10);
  EXPECT_EQ(CoresOf(&day, "n2"), 25);
  EXPECT_EQ(ClusterCores(&day), 35);
}

TEST(DayCapacity, NullAndEmptyNodesAreNodesOfTheirOwn) {
  TestDay day;
  day.Pods({Cores(0, "", 4),
            Cores(0, "", 3),
            Cores(0, "n1", 1),
            {0, {}, {{kNodeCoreSeconds, 16}}},
            {0, {}, {{kNodeCoreSeconds, 8}}}});
  EXPECT_EQ(CoresOf(&day, ""), 4);
  EXPECT_EQ(ComputeCapacity(day.state().nodes).Of(StringPool::kNull).core_seconds.ToDouble(), 16);
  EXPECT_EQ(ClusterCores(&day), 21);
}

TEST(DayCapacity, CpuAndMemoryHaveTheirOwnMaxima) {
  TestDay day;
  day.Pods({{0, {{kNode, "n1"}}, {{kNodeCoreSeconds, 9}, {kNodeByteSeconds, 100}}},
            {0, {{kNode, "n1"}}, {{kNodeCoreSeconds, 5}, {kNodeByteSeconds, 300}}},
            {1, {{kNode, "n1"}}, {{kNodeByteSeconds, 50}}}},
           kCapacityOnly);
  const NodeCapacity node = ComputeCapacity(day.state().nodes).Of(day.state().names.pool().Find("n1"));
  EXPECT_EQ(node.core_seconds.ToDouble(), 9);
  EXPECT_EQ(node.byte_seconds.ToDouble(), 350);
}

TEST(DayCapacity, ANodeWithoutReportsHasNone) {
  TestDay day;
  day.Pods({{0, {{kNode, "n1"}}, {}}}, kCapacityOnly);
  EXPECT_EQ(CoresOf(&day, "n1"), 0);
  EXPECT_EQ(CoresOf(&day, "unknown"), 0);
  EXPECT_EQ(ClusterCores(&day), 0);
}

TestRow DailyRow(const std::string& pod, const std::string& labels, double core_seconds) {
  return {0,
          {{kNamespace, "shop"}, {kNode, "n1"}, {kPod, pod}, {kPodLabels, labels}},
          {{kNodeCoreSeconds, core_seconds}}};
}

// A platform makes daily rows file by file: those of one group are parts of a day (spec: "The daily tables").
TEST(DayCapacity, RowsOfOneDailyGroupAreAddedBeforeTheMaximum) {
  TestDay day;
  day.Pods({DailyRow("a", "x:1", 10), DailyRow("a", "x:1", 12), DailyRow("b", "x:1", 20)}, kCapacityOnly,
           Granularity::kDaily);
  EXPECT_EQ(CoresOf(&day, "n1"), 22);  // max(10 + 12, 20)
}

TEST(DayCapacity, DailyGroupsAreByTheLabelTextNotByTheFilteredSet) {
  TestDay day(LabelFilter(std::vector<std::string>{}));
  day.Pods({DailyRow("a", "x:1", 10), DailyRow("a", "x:2", 12), DailyRow("b", "", 3)}, kCapacityOnly,
           Granularity::kDaily);
  EXPECT_EQ(CoresOf(&day, "n1"), 12);  // not 10 + 12, though no label key is enabled
}

TEST(DayCapacity, OfDailyRowsNullsAreIgnored) {
  TestDay day;
  TestRow null_row = DailyRow("a", "", 0);
  null_row.values.clear();
  day.Pods({null_row, DailyRow("b", "", 7)}, kCapacityOnly, Granularity::kDaily);
  EXPECT_EQ(CoresOf(&day, "n1"), 7);
  EXPECT_EQ(ComputeCapacity(day.state().nodes).cluster.byte_seconds.ToDouble(), 0);
}

TEST(DayCapacity, TellsASumThatLeavesItsRange) {
  TestDay fine, over_intervals, over_nodes;
  fine.Pods({Cores(0, "n1", 8e24), Cores(0, "n1", 8e24)}, kCapacityOnly);  // a maximum, no sum
  EXPECT_TRUE(ComputeCapacity(fine.state().nodes).in_range);
  over_intervals.Pods({Cores(0, "n1", 8e24), Cores(1, "n1", 8e24)}, kCapacityOnly);
  EXPECT_FALSE(ComputeCapacity(over_intervals.state().nodes).in_range);
  over_nodes.Pods({Cores(0, "n1", 8e24), Cores(0, "n2", 8e24)}, kCapacityOnly);
  EXPECT_FALSE(ComputeCapacity(over_nodes.state().nodes).in_range);
}

}  // namespace
}  // namespace costream
