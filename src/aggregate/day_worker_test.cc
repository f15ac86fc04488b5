#include "aggregate/day_worker.h"

#include <gtest/gtest.h>

#include <optional>

#include "aggregate/test_day.h"
#include "base/error.h"

namespace costream {
namespace {

using enum TextField;
using enum Measure;

// The group of a namespace and node whose own labels are that JSON.
const PodGroup* FindPod(TestDay* day, const std::string& name_space, const std::string& node,
                        const std::string& labels = "{}") {
  const DayState& state = day->state();
  const StringPool& texts = state.pods.texts();
  const PodGroup* found = nullptr;
  state.pods.ForEach([&](const PodGroup& group) {
    if (TextOf(texts, group.key[0]) == name_space && TextOf(state.names.pool(), group.key[1]) == node &&
        LabelJson(texts.View(group.key[2])) == labels) {
      found = &group;
    }
  });
  return found;
}

TEST(DayWorker, RowsOfOneNamespaceNodeAndLabelSetAreOneGroup) {
  TestDay day;
  // The same labels in both spellings, of two pods.
  day.Pods(
      {{0, {{kNamespace, "shop"}, {kNode, "n1"}, {kPod, "a"}, {kPodLabels, "label_app:x"}}, {{kUsageCpu, 1}}},
       {1,
        {{kNamespace, "shop"}, {kNode, "n1"}, {kPod, "b"}, {kPodLabels, R"({"app":"x"})"}},
        {{kUsageCpu, 2}}},
       {1,
        {{kNamespace, "shop"}, {kNode, "n2"}, {kPod, "b"}, {kPodLabels, R"({"app":"x"})"}},
        {{kUsageCpu, 4}}}});
  ASSERT_EQ(day.state().pods.size(), 2);
  EXPECT_EQ(FindPod(&day, "shop", "n1", R"({"app":"x"})")->sums.cpu[kUsage].ToDouble(), 3);
  EXPECT_EQ(FindPod(&day, "shop", "n2", R"({"app":"x"})")->sums.cpu[kUsage].ToDouble(), 4);
}

TEST(DayWorker, LabelsThatDifferInDisabledKeysOnlyAreOneGroup) {
  TestDay day(LabelFilter(std::vector<std::string>{"app"}));
  day.Pods(
      {{0, {{kNamespace, "shop"}, {kNode, "n1"}, {kPodLabels, "label_app:x|label_env:1"}}, {{kUsageCpu, 1}}},
       {0,
        {{kNamespace, "shop"}, {kNode, "n1"}, {kPodLabels, "label_env:2|label_app:x"}},
        {{kUsageCpu, 2}}}});
  ASSERT_EQ(day.state().pods.size(), 1);
  EXPECT_EQ(FindPod(&day, "shop", "n1", R"({"app":"x"})")->sums.cpu[kUsage].ToDouble(), 3);
}

TEST(DayWorker, ANullNamespaceIsNotTheEmptyOne) {
  TestDay day;
  day.Pods(
      {{0, {{kNode, "n1"}}, {{kUsageCpu, 1}}}, {0, {{kNamespace, ""}, {kNode, "n1"}}, {{kUsageCpu, 2}}}});
  EXPECT_EQ(FindPod(&day, "(null)", "n1")->sums.cpu[kUsage].ToDouble(), 1);
  EXPECT_EQ(FindPod(&day, "", "n1")->sums.cpu[kUsage].ToDouble(), 2);
}

TEST(DayWorker, RowsWithoutANodeAreLeftOutOfUsageAndCounted) {
  TestDay day;
  day.Pods({{0, {{kNamespace, "shop"}, {kNode, ""}}, {{kUsageCpu, 1}, {kUsageMemory, 10}}},
            {0, {{kNamespace, "shop"}}, {{kUsageCpu, 2}}},
            {0, {{kNamespace, "shop"}, {kNode, "n1"}}, {{kUsageCpu, 4}}}});
  EXPECT_EQ(day.state().pods.size(), 1);
  const UsageTotals& totals = day.state().totals;
  EXPECT_EQ(totals.rows, 3);
  EXPECT_EQ(totals.rows_left_out, 2);
  EXPECT_EQ(totals.cpu.ToDouble(), 7);
  EXPECT_EQ(totals.cpu_left_out.ToDouble(), 3);
  EXPECT_EQ(totals.memory_left_out.ToDouble(), 10);
}

struct EffectiveCase {
  std::optional<double> own, usage, request, expected;
};

class EffectiveUsage : public testing::TestWithParam<EffectiveCase> {};

TEST_P(EffectiveUsage, IsTheRowsOwnElseTheGreaterOfUsageAndRequest) {
  TestRow row{0, {{kNamespace, "shop"}, {kNode, "n1"}}, {}};
  if (GetParam().own) row.values[kEffectiveCpu] = row.values[kEffectiveMemory] = *GetParam().own;
  if (GetParam().usage) row.values[kUsageCpu] = row.values[kUsageMemory] = *GetParam().usage;
  if (GetParam().request) row.values[kRequestCpu] = row.values[kRequestMemory] = *GetParam().request;
  TestDay day;
  day.Pods({row});
  const PodGroup* group = FindPod(&day, "shop", "n1");
  EXPECT_EQ((group->sums.seen >> kEffective) & 1, GetParam().expected.has_value());
  EXPECT_EQ((group->sums.seen >> (kPodMeasures + kEffective)) & 1, GetParam().expected.has_value());
  EXPECT_EQ(group->sums.cpu[kEffective].ToDouble(), GetParam().expected.value_or(0));
  EXPECT_EQ(group->sums.memory[kEffective].ToDouble(), GetParam().expected.value_or(0));
}

INSTANTIATE_TEST_SUITE_P(Sides, EffectiveUsage,
                         testing::Values(EffectiveCase{{}, 2, 3, 3}, EffectiveCase{{}, 3, 2, 3},
                                         EffectiveCase{1, 2, 3, 1},  // its own, though smaller
                                         EffectiveCase{0, 2, 3, 0},  // 0 is not null
                                         EffectiveCase{{}, {}, 3, 3}, EffectiveCase{{}, 2, {}, 2},
                                         EffectiveCase{{}, {}, {}, {}}));

TEST(DayWorker, TheGreaterIsTakenRowByRowBeforeTheSum) {
  TestDay day;
  day.Pods({{0, {{kNamespace, "shop"}, {kNode, "n1"}}, {{kUsageCpu, 5}, {kRequestCpu, 1}}},
            {1, {{kNamespace, "shop"}, {kNode, "n1"}}, {{kUsageCpu, 1}, {kRequestCpu, 5}}}});
  EXPECT_EQ(FindPod(&day, "shop", "n1")->sums.cpu[kEffective].ToDouble(), 10);  // not max(6, 6)
}

TEST(DayWorker, MaximaIgnoreNull) {
  TestDay day;
  day.Pods({{0, {{kNamespace, "shop"}, {kNode, "n1"}}, {{kNodeCores, 4}}},
            {1, {{kNamespace, "shop"}, {kNode, "n1"}, {kResourceId, "i-2"}}, {}},
            {2, {{kNamespace, "shop"}, {kNode, "n1"}, {kResourceId, "i-10"}}, {{kNodeCores, 2}}}});
  const PodGroup* group = FindPod(&day, "shop", "n1");
  EXPECT_EQ(group->sums.node_cores, 4);
  EXPECT_TRUE(std::isnan(group->sums.node_bytes));
  EXPECT_EQ(TextOf(day.state().pods.texts(), group->resource_id), "i-2");  // by bytes: '2' > '1'
}

TEST(DayWorker, HoursAreSeenInHourlyRowsOnly) {
  TestDay hourly, daily;
  const std::vector<TestRow> rows = {{0, {{kNode, "n"}}, {}}, {23, {{kNode, "n"}}, {}}};
  hourly.Pods(rows, {.capacity = true});
  daily.Pods(rows, {.usage = true}, Granularity::kDaily);
  EXPECT_EQ(hourly.state().hours_seen, 1u | 1u << 23);
  EXPECT_EQ(daily.state().hours_seen, 0u);
}

TEST(DayWorker, RowsThatAreNotForUsageGiveNone) {
  TestDay day;
  day.Pods({{0, {{kNamespace, "shop"}, {kNode, "n1"}}, {{kUsageCpu, 1}, {kNodeCoreSeconds, 3600}}}},
           {.capacity = true});
  EXPECT_EQ(day.state().pods.size(), 0);
  EXPECT_EQ(day.state().totals.rows, 0);
  EXPECT_EQ(day.state().nodes.capacity().size(), 1);
}

TEST(DayWorker, OnlyClaimedPodsAreRemembered) {
  TestDay day;
  day.Storage({{0, {{kNamespace, "shop"}, {kPod, "db"}, {kClaim, "data"}}, {}},
               {0, {{kNamespace, "shop"}, {kPod, "null-claim"}}, {}},
               {0, {{kPod, "null-namespace"}, {kClaim, "data"}}, {}}});
  day.Pods({{0, {{kNamespace, "shop"}, {kPod, "db"}, {kNode, "n1"}, {kResourceId, "i-1"}}, {}},
            {1, {{kNamespace, "shop"}, {kPod, "db"}, {kNode, "n1"}, {kResourceId, "i-2"}}, {}},
            {0, {{kNamespace, "shop"}, {kPod, "null-claim"}, {kNode, "n1"}}, {}},
            {0, {{kPod, "null-namespace"}, {kNode, "n1"}}, {}},
            {0, {{kNamespace, "bank"}, {kPod, "db"}, {kNode, "n1"}}, {}}});
  ASSERT_EQ(day.state().storage.mounts().size(), 1);
  EXPECT_EQ(TextOf(day.state().storage.texts(), day.state().storage.mounts()[0].resource_id), "i-2");
}

TEST(DayWorker, BrokenLabelsNameTheColumnAndTheRow) {
  TestDay day;
  auto added = day.Add(BatchOf(ReportKind::kPod, Granularity::kHourly, day.state().day,
                               {{0, {{kNode, "n1"}}, {}}, {0, {{kNode, "n1"}, {kPodLabels, "{x"}}, {}}}));
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(KindOf(added), ErrorKind::kInput);
  EXPECT_NE(added.message().find("'pod_labels'"), std::string::npos) << added;
  EXPECT_EQ(day.bad_row, 1);
  added = day.Add(BatchOf(ReportKind::kStorage, Granularity::kHourly, day.state().day,
                          {{0, {{kClaimLabels, "[]"}}, {}}}));
  ASSERT_FALSE(added.ok());
  EXPECT_NE(added.message().find("'persistentvolumeclaim_labels'"), std::string::npos) << added;
  EXPECT_EQ(day.bad_row, 0);
  added = day.Add(BatchOf(ReportKind::kNodeLabels, Granularity::kHourly, day.state().day,
                          {{0, {{kNode, "n1"}, {kNodeLabels, "{"}}, {}}}));
  EXPECT_NE(added.message().find("'node_labels'"), std::string::npos) << added;
}

TEST(DayWorker, ASumOutOfRangeIsRemembered) {
  TestDay cpu, memory, fine;
  cpu.Pods({{0, {{kNamespace, "s"}, {kNode, "n"}}, {{kUsageCpu, 1e25}}}});
  EXPECT_FALSE(cpu.state().in_range);
  const TestRow row{0, {{kNamespace, "s"}, {kPod, "p"}, {kClaim, "c"}}, {{kClaimUsage, 2e33}}};
  memory.Storage({row, row});
  EXPECT_FALSE(memory.state().in_range);
  fine.Pods({{0, {{kNamespace, "s"}, {kNode, "n"}}, {{kUsageCpu, 1e18}, {kUsageMemory, 1e18}}}});
  EXPECT_TRUE(fine.state().in_range);
}

}  // namespace
}  // namespace costream
