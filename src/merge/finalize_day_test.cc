#include "merge/finalize_day.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "merge/test_finalized_day.h"

namespace costream {
namespace {

using enum TextField;
using enum Measure;
using testing::ElementsAre;

TestRow Pod(const std::string& name_space, const std::string& node, const std::string& labels,
            double core_seconds) {
  return {0,
          {{kNamespace, name_space}, {kNode, node}, {kPod, "p"}, {kPodLabels, labels}},
          {{kUsageCpu, core_seconds}}};
}

FinalizeOptions PodRowsOnly() {
  FinalizeOptions options;
  options.rows = {true, false, false};
  return options;
}

TEST(FinalizeDay, ConvertsSumsToHours) {
  TestDay day;
  day.Pods({{0,
             {{kNamespace, "shop"}, {kNode, "n1"}, {kResourceId, "i-1"}},
             {{kUsageCpu, 1800},
              {kRequestCpu, 3600},
              {kLimitCpu, 7200},
              {kUsageMemory, 2 * kGiBHour},
              {kRequestMemory, kGiBHour},
              {kLimitMemory, 4 * kGiBHour},
              {kNodeCores, 8},
              {kNodeBytes, 32 * kGiB},
              {kNodeCoreSeconds, 28800},
              {kNodeByteSeconds, 32 * kGiBHour}}},
            {1,
             {{kNamespace, "shop"}, {kNode, "n1"}, {kResourceId, "i-2"}},
             {{kUsageCpu, 1800}, {kNodeCores, 4}, {kNodeCoreSeconds, 14400}}},
            {1, {{kNamespace, "shop"}, {kNode, "n2"}}, {{kNodeCoreSeconds, 3600}}}});
  const FinalizedDay done(day.state(), PodRowsOnly());
  ASSERT_TRUE(done.status.ok()) << done.status;
  const std::string row = "Pod shop n1 {}";
  EXPECT_EQ(done.Text(row, kUsageStart), "2025-11-01");
  EXPECT_EQ(done.Text(row, kResourceIdColumn), "i-2");
  EXPECT_EQ(done.Value(row, kPodUsageCpuHours), 1);
  EXPECT_EQ(done.Value(row, kPodRequestCpuHours), 1);
  EXPECT_EQ(done.Value(row, kPodEffectiveCpuHours), 1.5);  // max(0.5, 1) and 0.5
  EXPECT_EQ(done.Value(row, kPodLimitCpuHours), 2);
  EXPECT_EQ(done.Value(row, kPodUsageGibHours), 2);
  EXPECT_EQ(done.Value(row, kPodRequestGibHours), 1);
  EXPECT_EQ(done.Value(row, kPodEffectiveGibHours), 2);
  EXPECT_EQ(done.Value(row, kPodLimitGibHours), 4);
  EXPECT_EQ(done.Value(row, kNodeCoresMax), 8);
  EXPECT_EQ(done.Value(row, kNodeGibMax), 32);
  EXPECT_EQ(done.Value(row, kNodeCpuHours), 12);  // 8 + 4 of its two hours
  EXPECT_EQ(done.Value(row, kNodeGibHours), 32);
  EXPECT_EQ(done.Value(row, kClusterCpuHours), 13);  // and 1 of n2
  EXPECT_EQ(done.Value(row, kClusterGibHours), 32);
  EXPECT_EQ(done.Value(row, kClaimGib), std::nullopt);
}

TEST(FinalizeDay, SumsOfNullsAreNullButCapacityIsZero) {
  TestDay day;
  day.Pods({{0, {{kNamespace, "shop"}, {kNode, "n1"}}, {{kRequestCpu, 0}}}});
  const FinalizedDay done(day.state(), PodRowsOnly());
  const std::string row = "Pod shop n1 {}";
  EXPECT_EQ(done.Value(row, kPodUsageCpuHours), std::nullopt);
  EXPECT_EQ(done.Value(row, kPodRequestCpuHours), 0);    // 0 is not null
  EXPECT_EQ(done.Value(row, kPodEffectiveCpuHours), 0);  // the null side is ignored
  EXPECT_EQ(done.Value(row, kPodUsageGibHours), std::nullopt);
  EXPECT_EQ(done.Value(row, kNodeCoresMax), std::nullopt);
  EXPECT_EQ(done.Value(row, kNodeGibMax), std::nullopt);
  EXPECT_EQ(done.Value(row, kNodeCpuHours), 0);
  EXPECT_EQ(done.Value(row, kClusterGibHours), 0);
}

TEST(FinalizeDay, MinusZeroIsZero) {
  TestDay day;
  day.Pods({{0,
             {{kNamespace, "shop"}, {kNode, "n1"}},
             {{kUsageCpu, -0.0}, {kNodeCores, -0.0}, {kNodeBytes, -0.0}, {kNodeCoreSeconds, -0.0}}}});
  const FinalizedDay done(day.state());
  for (int64_t row = 0; row < done.rows(); ++row) {
    for (const int measure : {kPodUsageCpuHours, kNodeCoresMax, kNodeGibMax, kNodeCpuHours}) {
      EXPECT_EQ(done.Value(row, measure), 0);
      EXPECT_FALSE(std::signbit(*done.Value(row, measure))) << measure;
    }
  }
}

TEST(FinalizeDay, PodLabelsBeatNamespaceLabelsBeatNodeLabels) {
  TestDay day;
  day.NodeLabels({{0, {{kNode, "n1"}, {kNodeLabels, "a:node|b:node|c:node"}}, {}}});
  day.NamespaceLabels({{0, {{kNamespace, "shop"}, {kNamespaceLabels, "b:namespace|c:namespace"}}, {}}});
  day.Pods({Pod("shop", "n1", "c:pod", 1), Pod("shop", "n2", "", 1), Pod("bank", "n1", "d:pod", 1)});
  EXPECT_THAT(FinalizedDay(day.state(), PodRowsOnly()).Keys(),
              ElementsAre(R"(Pod bank n1 {"a":"node","b":"node","c":"node","d":"pod"})",
                          R"(Pod shop n1 {"a":"node","b":"namespace","c":"pod"})",
                          R"(Pod shop n2 {"b":"namespace","c":"namespace"})"));
}

// The SQL this replaces joins once per distinct label set and so counts twice.
TEST(FinalizeDay, JoinsNodeAndNamespaceLabelsOncePerGroup) {
  TestDay day;
  day.NodeLabels({{0, {{kNode, "n1"}, {kNodeLabels, "zone:old"}}, {}},
                  {9, {{kNode, "n1"}, {kNodeLabels, "zone:new"}}, {}}});
  day.NamespaceLabels({{0, {{kNamespace, "shop"}, {kNamespaceLabels, "team:old"}}, {}},
                       {9, {{kNamespace, "shop"}, {kNamespaceLabels, "team:new"}}, {}}});
  day.Pods({Pod("shop", "n1", "", 3600)});
  const FinalizedDay done(day.state(), PodRowsOnly());
  EXPECT_EQ(done.rows(), 1);
  EXPECT_EQ(done.Value(R"(Pod shop n1 {"team":"new","zone":"new"})", kPodUsageCpuHours), 1);
}

TEST(FinalizeDay, GroupsThatBecomeEqualByMergingAreAddedUp) {
  TestDay day;
  day.NodeLabels({{0, {{kNode, "n1"}, {kNodeLabels, "a:1"}}, {}}});
  TestRow own = Pod("shop", "n1", "a:1", 3600), none = Pod("shop", "n1", "", 7200);
  own.texts[kResourceId] = "i-1";
  own.values[kNodeCores] = 2;
  none.texts[kResourceId] = "i-9";
  none.values[kRequestCpu] = 3600;
  day.Pods({own, none});
  const FinalizedDay done(day.state(), PodRowsOnly());
  ASSERT_EQ(done.rows(), 1);
  EXPECT_EQ(done.Value(0, kPodUsageCpuHours), 3);
  EXPECT_EQ(done.Value(0, kPodRequestCpuHours), 1);
  EXPECT_EQ(done.Value(0, kNodeCoresMax), 2);
  EXPECT_EQ(done.Text(0, kResourceIdColumn), "i-9");
}

TEST(FinalizeDay, ANullNamespaceTakesNoNamespaceLabels) {
  TestDay day;
  day.NamespaceLabels({{0, {{kNamespaceLabels, "a:of null"}}, {}},
                       {0, {{kNamespace, ""}, {kNamespaceLabels, "a:of the empty one"}}, {}}});
  day.Pods({{0, {{kNode, "n1"}}, {{kUsageCpu, 1}}}, Pod("", "n1", "", 1)});
  EXPECT_THAT(FinalizedDay(day.state(), PodRowsOnly()).Keys(),
              ElementsAre(R"(Pod  n1 {"a":"of the empty one"})", "Pod (null) n1 {}"));
}

TEST(FinalizeDay, RowsStandInTheDocumentedOrder) {
  TestDay day;
  day.Storage({{0, {{kNamespace, "a"}, {kPod, "p"}, {kClaim, "c"}}, {}}});
  day.Pods({{0, {{kNode, "n1"}}, {{kUsageCpu, 1}}},
            Pod("b", "n1", "", 1),
            Pod("\xC3\xA9", "n1", "", 1),
            Pod("a", "n2", "x:1", 1),
            Pod("a", "n10", "", 1),
            Pod("a", "n2", "", 1),
            Pod("B", "n1", "", 1)});
  EXPECT_THAT(FinalizedDay(day.state()).Keys(),
              ElementsAre("Pod B n1 {}", "Pod a n10 {}", R"(Pod a n2 {"x":"1"})", "Pod a n2 {}",
                          "Pod b n1 {}", "Pod \xC3\xA9 n1 {}", "Pod (null) n1 {}",
                          "Storage a n10 (null) c (null) {}", "Storage a n2 (null) c (null) {}",
                          "Unallocated (null) n1", "Unallocated (null) n10", "Unallocated (null) n2"));
}

TEST(FinalizeDay, RowKindsThatAreNotAskedForAreLeftOut) {
  TestDay day;
  day.Storage({{0, {{kNamespace, "a"}, {kPod, "p"}, {kClaim, "c"}}, {}}});
  day.Pods({Pod("a", "n1", "", 1)});
  FinalizeOptions options;
  options.rows = {false, false, true};
  const FinalizedDay unallocated(day.state(), options);
  EXPECT_THAT(unallocated.Keys(), ElementsAre("Unallocated (null) n1"));
  EXPECT_THAT(unallocated.totals.rows, ElementsAre(0, 0, 1));
  options.rows = {false, true, false};
  EXPECT_THAT(FinalizedDay(day.state(), options).Keys(), ElementsAre("Storage a n1 (null) c (null) {}"));
}

TEST(FinalizeDay, TheLargestMatchingCategoryIsTheRows) {
  TestDay day;
  day.Pods(
      {Pod("kube-system", "n1", "", 1), Pod("shop", "n1", "", 1), {0, {{kNode, "n1"}}, {{kUsageCpu, 1}}}});
  FinalizeOptions options = PodRowsOnly();
  options.cost_categories = {{"kube-%", 4}, {"kube-system", 2}, {"(null)", 9}};
  const FinalizedDay done(day.state(), options);
  EXPECT_EQ(done.Text("Pod kube-system n1 {}", kCostCategoryId), "4");
  EXPECT_EQ(done.Text("Pod shop n1 {}", kCostCategoryId), "(null)");
  EXPECT_EQ(done.Text("Pod (null) n1 {}", kCostCategoryId), "(null)");
}

TEST(FinalizeDay, ASumThatLeavesItsRangeIsAnErrorThatNamesTheDay) {
  TestDay sum, capacity, fine;
  sum.Pods({Pod("a", "n1", "", 8e24), Pod("a", "n1", "", 8e24)});
  capacity.Pods(
      {{0, {{kNode, "n1"}}, {{kNodeCoreSeconds, 8e24}}}, {1, {{kNode, "n1"}}, {{kNodeCoreSeconds, 8e24}}}});
  for (TestDay* day : {&sum, &capacity}) {
    const FinalizedDay done(day->state());
    ASSERT_FALSE(done.status.ok());
    EXPECT_EQ(KindOf(done.status), ErrorKind::kInput);
    EXPECT_NE(done.status.message().find("2025-11-01"), std::string::npos) << done.status;
    EXPECT_NE(done.status.message().find("leaves the range"), std::string::npos) << done.status;
  }
  fine.Pods({Pod("a", "n1", "", 8e24)});
  EXPECT_TRUE(FinalizedDay(fine.state()).status.ok());
}

// Two groups within the range become one row beyond it.
TEST(FinalizeDay, AMergedSumThatLeavesItsRangeIsAnError) {
  TestDay day;
  day.NodeLabels({{0, {{kNode, "n1"}, {kNodeLabels, "a:1"}}, {}}});
  TestRow own = Pod("s", "n1", "a:1", 0), none = Pod("s", "n1", "", 0);
  own.values = none.values = {{kRequestMemory, 1.5e33}};  // the range of byte-seconds is 2.6e33
  day.Pods({own, none});
  EXPECT_NE(FinalizedDay(day.state()).status.message().find("leaves the range"), std::string::npos);
}

TEST(SummaryTotals, ReconcileInputWithRows) {
  TestDay day;
  day.Pods({Pod("a", "n1", "", 3600), Pod("b", "n1", "", 7200), Pod("a", "", "", 1800)});
  const FinalizedDay done(day.state());
  EXPECT_EQ(done.totals.cpu_input, 3.5);
  EXPECT_EQ(done.totals.cpu_rows, 3);
  EXPECT_EQ(done.totals.cpu_left_out, 0.5);
  EXPECT_TRUE(done.totals.input_reconciles);
  EXPECT_EQ(done.totals.input_rows, 3);
  EXPECT_EQ(done.totals.input_rows_left_out, 1);
  EXPECT_EQ(done.totals.namespaces.at("a").cpu_hours, 1);
  EXPECT_EQ(done.totals.namespaces.at("b").cpu_hours, 2);
  EXPECT_THAT(done.totals.rows, ElementsAre(2, 0, 1));
}

TEST(SummaryTotals, DaysAddUp) {
  SummaryTotals a, b;
  a.rows = {1, 2, 3};
  a.cpu_rows = 1.5;
  a.namespaces["x"] = {1, 2};
  b.rows = {10, 20, 30};
  b.cpu_rows = 2;
  b.claim_gib_months = 4;
  b.input_rows = 7;
  b.input_reconciles = false;
  b.namespaces["x"] = {3, 4};
  b.namespaces["y"] = {5, 6};
  a += b;
  EXPECT_THAT(a.rows, ElementsAre(11, 22, 33));
  EXPECT_EQ(a.cpu_rows, 3.5);
  EXPECT_EQ(a.claim_gib_months, 4);
  EXPECT_EQ(a.input_rows, 7);
  EXPECT_FALSE(a.input_reconciles);
  EXPECT_EQ(a.namespaces["x"].gib_hours, 6);
  EXPECT_EQ(a.namespaces["y"].cpu_hours, 5);
}

}  // namespace
}  // namespace costream
