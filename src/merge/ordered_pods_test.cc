#include "merge/ordered_pods.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aggregate/test_day.h"

namespace costream {
namespace {

using enum TextField;
using enum Measure;
using testing::ElementsAre;

TestRow Pod(const std::string& name_space, const std::string& node, const std::string& labels,
            double core_seconds = 1) {
  return {0, {{kNamespace, name_space}, {kNode, node}, {kPodLabels, labels}}, {{kUsageCpu, core_seconds}}};
}

// "shop n1 {} 1": namespace, node, labels and cpu usage of each group in order.
std::vector<std::string> Ordered(const DayState& state) {
  std::vector<std::string> lines;
  OrderedPods pods(state);
  FinalPod pod;
  while (*pods.Next(&pod)) {
    lines.push_back(fmt::format("{} {} {} {}", pod.name_space.value_or("(null)"), pod.node_name, pod.labels,
                                pod.sums.cpu[kUsage].ToDouble()));
    EXPECT_TRUE(pod.in_range);
    EXPECT_EQ(state.names.pool().View(pod.node), pod.node_name);
  }
  EXPECT_FALSE(*pods.Next(&pod)) << "the end stays the end";
  return lines;
}

TEST(OrderedPods, ComeByNamespaceNodeAndLabels) {
  for (const int partitions : {1, 16}) {
    TestDay day({}, DayOf(2025, 11, 1), partitions);
    day.Pods({Pod("b", "n1", ""),
              Pod("a", "n2", "x:2"),
              Pod("a", "n2", "x:1"),
              Pod("a", "n10", ""),
              {0, {{kNode, "n1"}}, {{kUsageCpu, 1}}},
              Pod("\xC3\xA9", "n1", ""),
              Pod("", "n1", "")});
    EXPECT_THAT(Ordered(day.state()),
                ElementsAre(" n1 {} 1", "a n10 {} 1", R"(a n2 {"x":"1"} 1)", R"(a n2 {"x":"2"} 1)",
                            "b n1 {} 1", "\xC3\xA9 n1 {} 1", "(null) n1 {} 1"));
  }
}

TEST(OrderedPods, OfADayWithoutPodsThereAreNone) {
  TestDay day;
  EXPECT_THAT(Ordered(day.state()), ElementsAre());
}

TEST(OrderedPods, GroupsThatBecomeEqualByMergingAreOne) {
  TestDay day;
  day.NodeLabels({{0, {{kNode, "n1"}, {kNodeLabels, "a:1"}}, {}}});
  TestRow greater = Pod("s", "n1", "", 2), last = Pod("s", "n1", "b:1", 8);
  greater.texts[kResourceId] = "i-2";
  TestRow smaller = Pod("s", "n1", "a:1", 1);
  smaller.texts[kResourceId] = "i-1";
  day.Pods({greater, last, smaller});
  EXPECT_THAT(Ordered(day.state()), ElementsAre(R"(s n1 {"a":"1","b":"1"} 8)", R"(s n1 {"a":"1"} 3)"));
  OrderedPods pods(day.state());
  FinalPod pod;
  ASSERT_TRUE(*pods.Next(&pod));
  EXPECT_EQ(pod.resource_id, std::nullopt);
  ASSERT_TRUE(*pods.Next(&pod));
  EXPECT_EQ(pod.resource_id, "i-2");
}

// The labels of n1 do not reach n2, those of one namespace not the next.
TEST(OrderedPods, EachNodeAndNamespaceHasItsOwnLabels) {
  TestDay day;
  day.NodeLabels({{0, {{kNode, "n1"}, {kNodeLabels, "zone:1"}}, {}}});
  day.NamespaceLabels({{0, {{kNamespace, "b"}, {kNamespaceLabels, "team:b"}}, {}}});
  day.Pods({Pod("a", "n1", ""), Pod("a", "n2", ""), Pod("b", "n1", ""), Pod("b", "n2", "")});
  EXPECT_THAT(Ordered(day.state()),
              ElementsAre(R"(a n1 {"zone":"1"} 1)", "a n2 {} 1", R"(b n1 {"team":"b","zone":"1"} 1)",
                          R"(b n2 {"team":"b"} 1)"));
}

TEST(OrderedPods, TellAMergedSumThatLeavesItsRange) {
  TestDay day;
  day.NodeLabels({{0, {{kNode, "n1"}, {kNodeLabels, "a:1"}}, {}}});
  TestRow own = Pod("s", "n1", "a:1"), none = Pod("s", "n1", "");
  own.values = none.values = {{kRequestMemory, 1.5e33}};  // the range of byte-seconds is 2.6e33
  day.Pods({own, none, Pod("t", "n1", "")});
  ASSERT_TRUE(day.state().in_range);
  OrderedPods pods(day.state());
  FinalPod pod;
  ASSERT_TRUE(*pods.Next(&pod));
  EXPECT_FALSE(pod.in_range);
  ASSERT_TRUE(*pods.Next(&pod));
  EXPECT_TRUE(pod.in_range) << "of each group by itself";
}

}  // namespace
}  // namespace costream
