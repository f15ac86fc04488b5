#include "aggregate/node_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace costream {
namespace {

using testing::Pair;
using testing::UnorderedElementsAre;

constexpr uint32_t kAnyNode = 3;

void AddCores(NodeFacts* facts, uint32_t node, int64_t time, double cores) {
  const double none = kNoValue;
  facts->AddCapacity({&node, 1}, {&time, 1}, &cores, &none);
}

// Cores by (interval, node).
std::map<std::pair<int64_t, uint32_t>, double> CoresOf(const NodeFacts& facts) {
  std::map<std::pair<int64_t, uint32_t>, double> cores;
  for (const CapacityCell& cell : facts.capacity()) {
    const auto key = std::pair(static_cast<int64_t>(cell.key[0]), static_cast<uint32_t>(cell.key[1]));
    EXPECT_TRUE(cores.emplace(key, cell.core_seconds).second) << "a cell is there once";
  }
  return cores;
}

StringPool::Id Intern(NodeNames* names, std::string_view text) {
  StringPool::Id id = StringPool::kNull;
  names->InternAll({&text, 1}, &id);
  return id;
}

TEST(NodeFacts, AnIntervalOfANodeHasTheGreatestReport) {
  NodeNames names;
  NodeFacts facts(&names);
  for (const double cores : {4.0, 9.0, kNoValue, 7.0}) AddCores(&facts, kAnyNode, 100, cores);
  AddCores(&facts, kAnyNode, 200, 1);
  AddCores(&facts, kAnyNode, 100, 8);  // the interval comes back
  AddCores(&facts, StringPool::kNull, 100, 2);
  EXPECT_THAT(CoresOf(facts), UnorderedElementsAre(Pair(Pair(100, kAnyNode), 9), Pair(Pair(200, kAnyNode), 1),
                                                   Pair(Pair(100, 0), 2)));
}

TEST(NodeFacts, AnIntervalBeforeTheEpochIsOne) {
  NodeNames names;
  NodeFacts facts(&names);
  AddCores(&facts, kAnyNode, -3600, 5);
  AddCores(&facts, kAnyNode, 0, 6);
  EXPECT_THAT(CoresOf(facts),
              UnorderedElementsAre(Pair(Pair(-3600, kAnyNode), 5), Pair(Pair(0, kAnyNode), 6)));
}

TEST(NodeFacts, TheGreatestRoleOfANodeHolds) {
  NodeNames names;
  const auto infra = Intern(&names, "infra"), worker = Intern(&names, "worker");
  NodeFacts facts(&names);
  EXPECT_EQ(facts.RoleOf(kAnyNode), StringPool::kNull);
  for (const auto role : {infra, worker, infra, StringPool::kNull}) facts.AddRole(kAnyNode, role);
  EXPECT_EQ(facts.RoleOf(kAnyNode), worker);
  EXPECT_EQ(facts.RoleOf(kAnyNode - 1), StringPool::kNull);
  EXPECT_EQ(facts.RoleOf(kAnyNode + 100), StringPool::kNull);
}

TEST(NodeFacts, MergingTakesTheGreaterOfBoth) {
  NodeNames names;
  const auto infra = Intern(&names, "infra"), worker = Intern(&names, "worker");
  NodeFacts left(&names), right(&names);
  AddCores(&left, kAnyNode, 100, 9);
  AddCores(&left, kAnyNode, 200, kNoValue);
  AddCores(&right, kAnyNode, 100, 4);
  AddCores(&right, kAnyNode, 200, 3);
  AddCores(&right, kAnyNode + 1, 100, 2);
  left.AddRole(kAnyNode, infra);
  right.AddRole(kAnyNode, worker);
  right.AddRole(kAnyNode + 1, infra);
  ASSERT_TRUE(left.MergeFrom(right));
  EXPECT_THAT(CoresOf(left), UnorderedElementsAre(Pair(Pair(100, kAnyNode), 9), Pair(Pair(200, kAnyNode), 3),
                                                  Pair(Pair(100, kAnyNode + 1), 2)));
  EXPECT_EQ(left.RoleOf(kAnyNode), worker);
  EXPECT_EQ(left.RoleOf(kAnyNode + 1), infra);
}

// A daily group: namespace, pod and raw labels as texts, which each worker numbers for itself.
[[nodiscard]] bool AddDaily(NodeFacts* facts, const std::array<std::string_view, 3>& group, double cores,
                            double bytes = kNoValue) {
  std::array<StringPool::Id, 3> ids;
  facts->InternAll(group, ids.data());
  return facts->AddDailyCapacity({kAnyNode, ids[0], ids[1], ids[2]}, cores, bytes);
}

TEST(NodeFacts, DailyGroupsMergeByTheirTexts) {
  NodeNames names;
  NodeFacts left(&names), right(&names);
  ASSERT_TRUE(AddDaily(&left, {"shop", "a", "x:1"}, 10));
  ASSERT_TRUE(AddDaily(&right, {"other texts", "first", "here"}, 1));
  ASSERT_TRUE(AddDaily(&right, {"shop", "a", "x:1"}, 5, 7));
  ASSERT_TRUE(AddDaily(&right, {"shop", "a", "x:1"}, kNoValue));
  ASSERT_TRUE(left.MergeFrom(right));
  std::vector<double> cores, bytes;
  for (const DailyCapacityGroup& group : left.daily_capacity()) {
    cores.push_back(group.core_seconds.ToDouble());
    bytes.push_back(group.any_bytes ? group.byte_seconds.ToDouble() : -1);
    EXPECT_TRUE(group.any_cores);
  }
  EXPECT_THAT(cores, UnorderedElementsAre(15, 1));
  EXPECT_THAT(bytes, UnorderedElementsAre(7, -1));
}

TEST(NodeFacts, TellASumThatLeavesItsRange) {
  NodeNames names;
  NodeFacts left(&names), right(&names);
  EXPECT_TRUE(AddDaily(&left, {"s", "a", ""}, 8e24));
  EXPECT_TRUE(AddDaily(&right, {"s", "a", ""}, 8e24));
  EXPECT_FALSE(left.MergeFrom(right));
  EXPECT_FALSE(AddDaily(&right, {"s", "a", ""}, 8e24));
}

}  // namespace
}  // namespace costream
