#include "aggregate/day_state.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "aggregate/test_day.h"

namespace costream {
namespace {

using enum TextField;
using enum Measure;

std::vector<TestRow> PodRows() {
  std::vector<TestRow> rows;
  for (int i = 0; i < 60; ++i) {
    rows.push_back({i % 24,
                    {{kNamespace, "ns" + std::to_string(i % 3)},
                     {kNode, "n" + std::to_string(i % 2)},
                     {kPod, "p" + std::to_string(i % 5)},
                     {kResourceId, "i-" + std::to_string(i % 7)},
                     {kNodeRole, i % 4 ? "worker" : "infra"},
                     {kPodLabels, "label_app:" + std::to_string(i % 4)}},
                    {{kUsageCpu, 0.1 * i},
                     {kUsageMemory, 1e9 + i},
                     {kNodeCores, i % 9},
                     {kNodeCoreSeconds, 100 + i % 11},
                     {kNodeByteSeconds, 1e12 + i % 13}}});
  }
  return rows;
}

// All that a state holds, as sorted lines: ids and order of arrival do not show.
std::vector<std::string> Describe(const DayState& state) {
  const StringPool& names = state.names.pool();
  const auto node = [&](uint64_t id) { return TextOf(names, static_cast<StringPool::Id>(id)); };
  std::vector<std::string> lines;
  state.pods.ForEach([&](const PodGroup& group) {
    const auto text = [&](StringPool::Id id) { return TextOf(state.pods.texts(), id); };
    lines.push_back(fmt::format("pod {} {} {} {} {} {} {} {}", text(group.key[0]), node(group.key[1]),
                                LabelJson(text(group.key[2])), text(group.resource_id),
                                group.sums.cpu[kUsage].ToDouble(), group.sums.memory[kUsage].ToDouble(),
                                group.sums.node_cores, group.sums.seen));
  });
  for (const auto& cell : state.nodes.capacity()) {
    lines.push_back(fmt::format("capacity {} {} {} {}", cell.key[0], node(cell.key[1]), cell.core_seconds,
                                cell.byte_seconds));
  }
  for (const auto& group : state.nodes.daily_capacity()) {
    lines.push_back(
        fmt::format("daily {} {} {}", node(group.key[0]), group.core_seconds.ToDouble(), group.any_bytes));
  }
  const auto text = [&](StringPool::Id id) { return TextOf(state.storage.texts(), id); };
  for (const auto& group : state.storage.groups()) {
    lines.push_back(fmt::format("storage {} {} {} {} {} {}", text(group.key[1]), text(group.key[2]),
                                LabelJson(text(group.key[7])), group.claim_bytes, group.sums[0].ToDouble(),
                                group.seen));
  }
  for (const auto& mount : state.storage.mounts()) {
    lines.push_back(fmt::format("mount {} {} {} {}", text(mount.key[0]), text(mount.key[1]),
                                text(mount.key[2]), text(mount.resource_id)));
  }
  for (const char* name : {"n0", "n1"}) {
    lines.push_back(fmt::format("node {} {} {}", name, LabelJson(state.labels.Of(DayLabels::kNode, name)),
                                TextOf(names, state.nodes.RoleOf(names.Find(name)))));
  }
  for (const char* name : {"ns0", "ns1"}) {
    lines.push_back(
        fmt::format("namespace {} {}", name, LabelJson(state.labels.Of(DayLabels::kNamespace, name))));
  }
  const UsageTotals& totals = state.totals;
  lines.push_back(fmt::format("totals {} {} {} {} {}", totals.rows, totals.rows_left_out,
                              totals.cpu.ToDouble(), totals.memory.ToDouble(), state.hours_seen));
  std::sort(lines.begin(), lines.end());
  return lines;
}

// Every third row to another worker, or all to one. Storage and labels of all come before the pods of any.
void Feed(TestDay* day, int workers, Granularity granularity) {
  std::vector<TestRow> storage, nodes, namespaces;
  for (int i = 0; i < 12; ++i) {
    const std::string number = std::to_string(i % 5);
    storage.push_back(
        {i,
         {{kNamespace, "ns0"}, {kPod, "p" + number}, {kClaim, "c"}, {kClaimLabels, "a:" + number}},
         {{kClaimBytes, i}, {kClaimByteSeconds, 0.5 * i}}});
    nodes.push_back({i / 6, {{kNode, "n1"}, {kNodeLabels, "k:" + std::to_string(i * 5 % 12)}}, {}});
    namespaces.push_back({3, {{kNamespace, "ns1"}, {kNamespaceLabels, i % 3 ? "z:" + number : ""}}, {}});
  }
  const auto each = [&](const std::vector<TestRow>& rows, auto add) {
    for (int worker = 0; worker < workers; ++worker) {
      std::vector<TestRow> taken;
      for (size_t i = static_cast<size_t>(worker); i < rows.size(); i += static_cast<size_t>(workers)) {
        taken.push_back(rows[i]);
      }
      day->UseWorker(static_cast<size_t>(worker));
      add(taken);
    }
  };
  each(storage, [&](const auto& rows) { day->Storage(rows); });
  each(nodes, [&](const auto& rows) { day->NodeLabels(rows); });
  each(namespaces, [&](const auto& rows) { day->NamespaceLabels(rows); });
  each(PodRows(), [&](const auto& rows) { day->Pods(rows, {true, true, true}, granularity); });
}

class SplitDay : public testing::TestWithParam<Granularity> {};

TEST_P(SplitDay, IsTheDayOfOneWorkerWhateverTheOrderOfFinishing) {
  TestDay whole({}, DayOf(2025, 11, 1), 1);
  Feed(&whole, 1, GetParam());
  const auto expected = Describe(whole.state());
  std::vector<size_t> order = {0, 1, 2};
  do {
    TestDay split;
    Feed(&split, 3, GetParam());
    for (const size_t worker : order) split.Finish(worker);
    EXPECT_EQ(Describe(split.state()), expected);
  } while (std::next_permutation(order.begin(), order.end()));
}

INSTANTIATE_TEST_SUITE_P(Tables, SplitDay, testing::Values(Granularity::kHourly, Granularity::kDaily));

// Each batch has dictionaries of its own; ids that the worker knows stay right.
TEST(DayWorker, TakesSeveralBatches) {
  TestDay whole, pieces;
  whole.Pods(PodRows());
  for (const TestRow& row : PodRows()) pieces.Pods({row});
  EXPECT_EQ(Describe(pieces.state()), Describe(whole.state()));
}

TEST(DayWorker, TakesPartsOfABatch) {
  const LabelFilter filter;
  LabelMemo memo(&filter, int64_t{1} << 20);
  TestDay whole;
  whole.Pods(PodRows());
  DayState state(whole.state().day, 1);
  DayWorker worker(&state);
  const UsageBatch batch = BatchOf(ReportKind::kPod, Granularity::kHourly, state.day, PodRows());
  int64_t bad_row = -1;
  for (const auto& [begin, end] : {std::pair{0, 7}, std::pair{7, 8}, std::pair{8, 60}}) {
    ASSERT_TRUE(worker.AddPods(batch, begin, end, {true, true, true}, &memo, &bad_row).ok());
  }
  worker.Finish();
  EXPECT_EQ(Describe(state), Describe(whole.state()));
}

TEST(SeveralDayWorkers, MayRunAtOnce) {
  TestDay whole;
  whole.Pods(PodRows());
  DayState state(whole.state().day, 8);
  const UsageBatch batch = BatchOf(ReportKind::kPod, Granularity::kHourly, state.day, PodRows());
  const LabelFilter filter;
  std::vector<std::unique_ptr<DayWorker>> workers;
  std::vector<std::thread> threads;
  for (int64_t worker = 0; worker < 4; ++worker) {
    workers.push_back(std::make_unique<DayWorker>(&state));
    threads.emplace_back([&, door = workers.back().get(), worker] {
      LabelMemo memo(&filter, int64_t{1} << 20);
      int64_t bad_row = -1;
      for (int64_t row = worker; row < batch.rows; row += 4) {
        EXPECT_TRUE(door->AddPods(batch, row, row + 1, {true, true, true}, &memo, &bad_row).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& worker : workers) worker->Finish();
  EXPECT_EQ(Describe(state), Describe(whole.state()));
}

TEST(DayWorker, FollowsANewEpochOfThePodGroups) {
  TestDay whole;
  whole.Pods(PodRows());
  DayState state(whole.state().day, 4);
  const UsageBatch batch = BatchOf(ReportKind::kPod, Granularity::kHourly, state.day, PodRows());
  const LabelFilter filter;
  LabelMemo memo(&filter, int64_t{1} << 20);
  DayWorker worker(&state);
  int64_t bad_row = -1;
  const auto usage_of = [](const DayState& of) {
    std::vector<std::string> lines = Describe(of);
    std::erase_if(lines, [](const std::string& line) { return !line.starts_with("pod "); });
    return lines;
  };
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(worker.AddPods(batch, 0, batch.rows, {.usage = true}, &memo, &bad_row).ok());
    EXPECT_EQ(usage_of(state), usage_of(whole.state()));
    const std::lock_guard gate(state.pods.gate());
    state.pods.Clear();
    std::string_view text = "shifts the ids";
    StringPool::Id id = StringPool::kNull;
    state.pods.InternAll({&text, 1}, &id);
  }
}

TEST(UsageTotals, AddUp) {
  UsageTotals a, b;
  ASSERT_TRUE(a.cpu.Add(1.0) && b.cpu.Add(2.0) && b.cpu_left_out.Add(0.5));
  ASSERT_TRUE(a.memory.Add(10.0) && b.memory.Add(20.0) && b.memory_left_out.Add(5.0));
  a.rows = 1;
  b.rows = 3;
  b.rows_left_out = 2;
  ASSERT_TRUE(a.Merge(b));
  EXPECT_EQ(a.cpu.ToDouble(), 3);
  EXPECT_EQ(a.cpu_left_out.ToDouble(), 0.5);
  EXPECT_EQ(a.memory.ToDouble(), 30);
  EXPECT_EQ(a.memory_left_out.ToDouble(), 5);
  EXPECT_EQ(a.rows, 4);
  EXPECT_EQ(a.rows_left_out, 2);
}

TEST(UsageTotals, TellASumThatLeavesItsRange) {
  UsageTotals a, b;
  ASSERT_TRUE(a.memory_left_out.Add(1.5e33) && b.memory_left_out.Add(1.5e33));
  EXPECT_FALSE(a.Merge(b));
}

TEST(SeveralDayWorkers, NullsOfOneSideAreIgnored) {
  TestDay day;
  day.Pods({{0, {{kNamespace, "s"}, {kNode, "n"}}, {{kUsageCpu, 1}}}});
  day.UseWorker(1);
  day.Pods({{0, {{kNamespace, "s"}, {kNode, "n"}, {kResourceId, "i"}}, {{kRequestCpu, 2}, {kNodeCores, 8}}}});
  ASSERT_EQ(day.state().pods.size(), 1u);
  day.state().pods.ForEach([&](const PodGroup& group) {
    EXPECT_EQ(group.sums.cpu[kUsage].ToDouble(), 1);
    EXPECT_EQ(group.sums.cpu[kRequest].ToDouble(), 2);
    EXPECT_EQ(group.sums.seen & 0x0F, 1 << kUsage | 1 << kRequest | 1 << kEffective);
    EXPECT_EQ(group.sums.node_cores, 8);
    EXPECT_EQ(TextOf(day.state().pods.texts(), group.resource_id), "i");
  });
}

// Neither half leaves the range of core-seconds (9e24), their sum does.
TEST(SeveralDayWorkers, TellASumThatLeavesItsRange) {
  const std::vector<TestRow> half = {{0, {{kNamespace, "s"}, {kNode, "n"}}, {{kUsageCpu, 8e24}}}};
  TestDay one, both;
  one.Pods(half);
  EXPECT_TRUE(one.state().in_range);
  both.Pods(half);
  both.UseWorker(1);
  both.Pods(half);
  EXPECT_FALSE(both.state().in_range);
}

TEST(SeveralDayWorkers, TellStorageThatLeavesItsRangeWhenTheyFinish) {
  const std::vector<TestRow> half = {
      {0, {{kNamespace, "s"}, {kPod, "p"}, {kClaim, "c"}}, {{kClaimUsage, 2e33}}}};
  TestDay day;
  day.Storage(half);
  day.UseWorker(1);
  day.Storage(half);
  day.Finish(0);
  EXPECT_FALSE(day.state().in_range);
}

TEST(SeveralDayWorkers, KeepTheOutOfRangeOfOne) {
  TestDay day;
  day.Pods({{0, {{kNamespace, "s"}, {kNode, "n"}}, {{kUsageCpu, 1e25}}}});
  day.UseWorker(1);
  day.Pods({{0, {{kNamespace, "s"}, {kNode, "n"}}, {{kUsageCpu, 1}}}});
  EXPECT_FALSE(day.state().in_range);
}

}  // namespace
}  // namespace costream
