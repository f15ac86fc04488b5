// The Unallocated rows of FinalizeDay (spec: "Unallocated rows").
#include <gmock/gmock.h>

#include "merge/test_finalized_day.h"

namespace costream {
namespace {

using enum TextField;
using enum Measure;
using testing::ElementsAre;
using testing::IsEmpty;

FinalizeOptions UnallocatedOnly(std::vector<NodeRole> roles = {}) {
  FinalizeOptions options;
  options.rows = {false, false, true};
  options.roles = RoleTable(roles);
  return options;
}

TestRow Pod(const std::string& name_space, const std::string& node, double core_seconds,
            const std::string& resource_id = "i-1") {
  return {0,
          {{kNamespace, name_space}, {kNode, node}, {kResourceId, resource_id}},
          {{kUsageCpu, core_seconds}, {kNodeCoreSeconds, 36000}}};
}

TEST(UnallocatedRows, AreCapacityMinusThePodRows) {
  TestDay day;
  day.Pods({{0,
             {{kNamespace, "a"}, {kNode, "n1"}, {kResourceId, "i-1"}},
             {{kUsageCpu, 3600},
              {kRequestCpu, 7200},
              {kLimitCpu, 10800},
              {kUsageMemory, 2 * kGiBHour},
              {kRequestMemory, kGiBHour},
              {kNodeCores, 10},
              {kNodeCoreSeconds, 36000},
              {kNodeBytes, 16 * kGiB},
              {kNodeByteSeconds, 16 * kGiBHour}}},
            {0,
             {{kNamespace, "b"}, {kNode, "n1"}, {kResourceId, "i-2"}},
             {{kUsageCpu, 3600}, {kRequestCpu, 0}, {kUsageMemory, kGiBHour}, {kRequestMemory, kGiBHour}}}});
  const FinalizedDay done(day.state(), UnallocatedOnly());
  ASSERT_THAT(done.Keys(), ElementsAre("Unallocated (null) n1"));
  EXPECT_EQ(done.Value(0, kPodUsageCpuHours), 8);      // 10 - 1 - 1
  EXPECT_EQ(done.Value(0, kPodRequestCpuHours), 8);    // 10 - 2 - 0
  EXPECT_EQ(done.Value(0, kPodEffectiveCpuHours), 7);  // 10 - 2 - 1
  EXPECT_EQ(done.Value(0, kPodLimitCpuHours), std::nullopt);
  EXPECT_EQ(done.Value(0, kPodUsageGibHours), 13);      // 16 - 2 - 1
  EXPECT_EQ(done.Value(0, kPodRequestGibHours), 14);    // 16 - 1 - 1
  EXPECT_EQ(done.Value(0, kPodEffectiveGibHours), 13);  // 16 - 2 - 1
  EXPECT_EQ(done.Value(0, kPodLimitGibHours), std::nullopt);
  EXPECT_EQ(done.Value(0, kNodeCoresMax), 10);
  EXPECT_EQ(done.Value(0, kNodeGibMax), 16);
  EXPECT_EQ(done.Value(0, kNodeCpuHours), 10);
  EXPECT_EQ(done.Value(0, kClusterGibHours), 16);
  EXPECT_EQ(done.Text(0, kResourceIdColumn), "i-2");
  EXPECT_EQ(done.Text(0, kDataSource), "Pod");
  EXPECT_EQ(done.Text(0, kPodLabelsColumn), "(null)");
  EXPECT_EQ(done.Text(0, kVolumeLabelsColumn), "(null)");
  EXPECT_EQ(done.Text(0, kAllLabelsColumn), "{}");
  EXPECT_EQ(done.Text(0, kInfrastructureUsageCostColumn), "(null)");
}

TEST(UnallocatedRows, AreNegativeWhereANodeReportsLessThanWasUsed) {
  TestDay day;
  day.Pods({Pod("a", "n1", 36000 + 7200)});
  EXPECT_EQ(FinalizedDay(day.state(), UnallocatedOnly()).Value(0, kPodUsageCpuHours), -2);
}

// docs/semantics.md, "Where the specification is silent", 4.
TEST(UnallocatedRows, AreNullWhereEveryPodRowIs) {
  TestDay day;
  day.Pods({Pod("a", "n1", 3600)});
  const FinalizedDay done(day.state(), UnallocatedOnly());
  EXPECT_EQ(done.Value(0, kPodUsageCpuHours), 9);
  EXPECT_EQ(done.Value(0, kPodRequestCpuHours), std::nullopt);
  EXPECT_EQ(done.Value(0, kPodUsageGibHours), std::nullopt);
}

TEST(UnallocatedRows, NullNamespacesAndThoseOfTheModelTakeNoPart) {
  TestDay day;
  day.Pods({Pod("a", "n1", 3600),
            Pod("Platform unallocated", "n1", 3600),
            Pod("Worker unallocated", "n1", 3600),
            Pod("Network unattributed", "n1", 3600),
            Pod("Storage unattributed", "n1", 3600),
            {0, {{kNode, "n1"}}, {{kUsageCpu, 3600}}},
            Pod("", "n1", 3600)});
  const FinalizedDay done(day.state(), UnallocatedOnly());
  ASSERT_EQ(done.rows(), 1);
  EXPECT_EQ(done.Value(0, kPodUsageCpuHours), 8);  // 10 - 1 of "a" - 1 of the empty namespace
}

TEST(UnallocatedRows, ANodeWithoutOtherRowsHasNone) {
  TestDay day;
  day.Pods({Pod("Worker unallocated", "n1", 3600), {0, {{kNode, "n2"}}, {{kUsageCpu, 1}}}});
  const FinalizedDay done(day.state(), UnallocatedOnly());
  EXPECT_THAT(done.Keys(), IsEmpty());
  EXPECT_EQ(done.totals.cpu_idle_nodes, 10);  // n1's capacity is shown as idle
}

TEST(UnallocatedRows, RolesGiveTheNamespace) {
  TestDay day;
  day.Pods({Pod("a", "n1", 0), Pod("a", "n2", 0), Pod("a", "n3", 0), Pod("a", "n4", 0)});
  EXPECT_THAT(FinalizedDay(day.state(), UnallocatedOnly({{"n1", "i-1", "worker"},
                                                         {"n2", "i-1", "infra"},
                                                         {"n3", "i-1", "master"},
                                                         {"n4", "i-1", "edge"}}))
                  .Keys(),
              ElementsAre("Unallocated Platform unallocated n2", "Unallocated Platform unallocated n3",
                          "Unallocated Worker unallocated n1", "Unallocated (null) n4"));
}

TEST(UnallocatedRows, TheRoleIsTheMaximumOverThePairsOfTheNodesPodRows) {
  TestDay day;
  // Two Pod rows, so two pairs; within a row the maximum resource id stands.
  day.Pods({Pod("a", "n1", 0, "i-1"), Pod("b", "n1", 0, "i-2")});
  const std::vector<NodeRole> roles = {{"n1", "i-1", "worker"}, {"n1", "i-2", "infra"}, {"n1", "i-3", "zzz"}};
  EXPECT_THAT(FinalizedDay(day.state(), UnallocatedOnly(roles)).Keys(),
              ElementsAre("Unallocated Worker unallocated n1"));
}

TEST(UnallocatedRows, PodRowsThatTakeNoPartGiveNoRole) {
  TestDay day;
  day.Pods({Pod("a", "n1", 0, "i-1"),
            {0, {{kNode, "n1"}, {kResourceId, "i-2"}}, {{kUsageCpu, 1}}}});  // a null namespace
  EXPECT_THAT(
      FinalizedDay(day.state(), UnallocatedOnly({{"n1", "i-1", "infra"}, {"n1", "i-2", "worker"}})).Keys(),
      ElementsAre("Unallocated Platform unallocated n1"));
}

TEST(UnallocatedRows, TheReportsRoleServesOnlyWhereTheTableLacksTheNode) {
  TestDay day;
  TestRow known = Pod("a", "n1", 0), unknown = Pod("a", "n2", 0), greater = Pod("a", "n2", 0);
  known.texts[kNodeRole] = "worker";
  unknown.texts[kNodeRole] = "master";
  greater.texts[kNodeRole] = "worker";
  day.Pods({known, greater, unknown});
  // n1 is in the table with another resource id: no role, though the report has one.
  EXPECT_THAT(FinalizedDay(day.state(), UnallocatedOnly({{"n1", "i-9", "infra"}})).Keys(),
              ElementsAre("Unallocated Worker unallocated n2", "Unallocated (null) n1"));
}

TEST(UnallocatedRows, TheCategoryIsThatOfTheirNamespace) {
  TestDay day;
  day.Pods({Pod("a", "n1", 0), Pod("a", "n2", 0)});
  FinalizeOptions options = UnallocatedOnly({{"n1", "i-1", "worker"}});
  options.cost_categories = {{"Worker %", 5}, {"a", 6}};
  const FinalizedDay done(day.state(), options);
  EXPECT_EQ(done.Text("Unallocated Worker unallocated n1", kCostCategoryId), "5");
  EXPECT_EQ(done.Text("Unallocated (null) n2", kCostCategoryId), "(null)");
}

TEST(UnallocatedRows, DoNotDependOnWhetherPodRowsAreWritten) {
  TestDay day;
  day.Pods({Pod("a", "n1", 3600)});
  const FinalizedDay alone(day.state(), UnallocatedOnly()), all(day.state());
  ASSERT_EQ(all.rows(), 2);
  EXPECT_EQ(alone.Cells(0), all.Cells(1));
}

}  // namespace
}  // namespace costream
