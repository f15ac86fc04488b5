// MergeFrom: a day split over workers is the day.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

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
std::vector<std::string> Describe(DayState& state) {
  const auto text = [&](uint64_t id) {
    return id == StringPool::kNull ? "(null)" : std::string(state.pool().View(static_cast<uint32_t>(id)));
  };
  std::vector<std::string> lines;
  for (const auto& group : state.pods().groups()) {
    lines.push_back(fmt::format("pod {} {} {} {} {} {} {} {}", text(group.key[0]), text(group.key[1]),
                                LabelJson(text(group.key[2])), text(group.resource_id),
                                group.cpu[kUsage].ToDouble(), group.memory[kUsage].ToDouble(),
                                group.node_cores, group.seen));
  }
  for (const auto& cell : state.capacity().groups()) {
    lines.push_back(fmt::format("capacity {} {} {} {}", cell.key[0], text(cell.key[1]), cell.core_seconds,
                                cell.byte_seconds));
  }
  for (const auto& group : state.daily_capacity().groups()) {
    lines.push_back(fmt::format("daily {} {} {} {} {}", text(group.key[1]), text(group.key[2]),
                                text(group.key[3]), group.core_seconds.ToDouble(), group.any_bytes));
  }
  for (const auto& group : state.storage().groups()) {
    lines.push_back(fmt::format("storage {} {} {} {} {} {}", text(group.key[1]), text(group.key[2]),
                                LabelJson(text(group.key[7])), group.claim_bytes, group.sums[0].ToDouble(),
                                group.seen));
  }
  for (const auto& mount : state.mounts().groups()) {
    lines.push_back(fmt::format("mount {} {} {} {}", text(mount.key[0]), text(mount.key[1]),
                                text(mount.key[2]), text(mount.resource_id)));
  }
  for (const auto& latest : state.node_labels().groups()) {
    lines.push_back(fmt::format("node {} {}", text(latest.key[0]), LabelJson(text(latest.set))));
  }
  for (const auto& latest : state.namespace_labels().groups()) {
    lines.push_back(fmt::format("namespace {} {}", text(latest.key[0]), LabelJson(text(latest.set))));
  }
  for (const auto& report : state.node_reports().groups()) {
    lines.push_back(fmt::format("role {} {}", text(report.key[0]), text(report.role)));
  }
  const UsageTotals& totals = state.totals();
  lines.push_back(fmt::format("totals {} {} {} {} {}", totals.rows, totals.rows_left_out,
                              totals.cpu.ToDouble(), totals.memory.ToDouble(), state.hours_seen()));
  std::sort(lines.begin(), lines.end());
  return lines;
}

// Feeds the rows whose number is `part` modulo `parts`.
void Feed(TestDay* day, int part, int parts, Granularity granularity) {
  const auto take = [&](const std::vector<TestRow>& rows) {
    std::vector<TestRow> taken;
    for (size_t i = 0; i < rows.size(); ++i) {
      if (static_cast<int>(i) % parts == part) taken.push_back(rows[i]);
    }
    return taken;
  };
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
  day->Storage(take(storage));
  day->NodeLabels(take(nodes));
  day->NamespaceLabels(take(namespaces));
  day->Pods(take(PodRows()), {true, true, true}, granularity);
}

class MergeFrom : public testing::TestWithParam<Granularity> {};

TEST_P(MergeFrom, OfPartsInAnyOrderIsTheWhole) {
  const auto claimed = std::make_shared<ClaimedPods>();
  TestDay whole({}, claimed);
  Feed(&whole, 0, 1, GetParam());
  const auto expected = Describe(whole.state());
  std::vector<int> order = {0, 1, 2};
  do {
    std::vector<std::unique_ptr<TestDay>> parts;
    for (int part = 0; part < 3; ++part) {
      parts.push_back(std::make_unique<TestDay>(LabelFilter(), claimed));
      Feed(parts.back().get(), part, 3, GetParam());
    }
    TestDay merged({}, claimed);
    for (const int part : order) merged.state().MergeFrom(parts[part]->state());
    EXPECT_EQ(Describe(merged.state()), expected);
  } while (std::next_permutation(order.begin(), order.end()));
}

INSTANTIATE_TEST_SUITE_P(Tables, MergeFrom, testing::Values(Granularity::kHourly, Granularity::kDaily));

TEST(DayStateMerge, NullsOfOneSideAreIgnored) {
  TestDay left, right;
  left.Pods({{0, {{kNamespace, "s"}, {kNode, "n"}}, {{kUsageCpu, 1}}}});
  right.Pods(
      {{0, {{kNamespace, "s"}, {kNode, "n"}, {kResourceId, "i"}}, {{kRequestCpu, 2}, {kNodeCores, 8}}}});
  left.state().MergeFrom(right.state());
  ASSERT_EQ(left.state().pods().groups().size(), 1);
  const PodGroup& group = left.state().pods().groups()[0];
  EXPECT_EQ(group.cpu[kUsage].ToDouble(), 1);
  EXPECT_EQ(group.cpu[kRequest].ToDouble(), 2);
  EXPECT_EQ(group.seen & 0x0F, 1 << kUsage | 1 << kRequest | 1 << kEffective);
  EXPECT_EQ(group.node_cores, 8);
  EXPECT_EQ(left.state().pool().View(group.resource_id), "i");
}

// Neither half leaves the range of core-seconds (9e24), their sum does.
TEST(DayStateMerge, TellsASumThatLeavesItsRange) {
  TestDay left, right;
  left.Pods({{0, {{kNamespace, "s"}, {kNode, "n"}}, {{kUsageCpu, 8e24}}}});
  right.Pods({{0, {{kNamespace, "s"}, {kNode, "n"}}, {{kUsageCpu, 8e24}}}});
  EXPECT_FALSE(left.state().overflowed() || right.state().overflowed());
  left.state().MergeFrom(right.state());
  EXPECT_TRUE(left.state().overflowed());
}

TEST(DayStateMerge, KeepsTheOthersOverflow) {
  TestDay left, right;
  right.Pods({{0, {{kNamespace, "s"}, {kNode, "n"}}, {{kUsageCpu, 1e25}}}});
  left.state().MergeFrom(right.state());
  EXPECT_TRUE(left.state().overflowed());
}

}  // namespace
}  // namespace costream
