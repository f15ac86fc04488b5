#include "aggregate/group_table.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

namespace costream {
namespace {

struct Counter {
  std::array<uint32_t, 2> key{};
  int64_t count = 0;
};

TEST(GroupTable, EqualKeysAreOneGroup) {
  GroupTable<Counter> table;
  table.At({1, 2}).count += 5;
  table.At({1, 2}).count += 7;
  table.At({2, 1}).count += 1;  // the order of the parts matters
  ASSERT_EQ(table.groups().size(), 2);
  EXPECT_EQ(table.Find({1, 2})->count, 12);
  EXPECT_EQ(table.Find({2, 1})->count, 1);
}

TEST(GroupTable, ANewGroupHasItsKeyAndItsDefaults) {
  GroupTable<Counter> table;
  const Counter& group = table.At({3, 4});
  EXPECT_EQ(group.key, (std::array<uint32_t, 2>{3, 4}));
  EXPECT_EQ(group.count, 0);
}

TEST(GroupTable, FindMakesNoGroup) {
  GroupTable<Counter> table;
  EXPECT_EQ(table.Find({0, 0}), nullptr);  // the all-zero key is a key like others, not a mark
  EXPECT_TRUE(table.groups().empty());
  table.At({0, 0});
  EXPECT_NE(table.Find({0, 0}), nullptr);
}

TEST(GroupTable, CountsAsAMapDoesWhileItGrows) {
  GroupTable<Counter> table;
  std::map<std::array<uint32_t, 2>, int64_t> expected;
  std::mt19937 random(3);
  const auto pick = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  for (int i = 0; i < 50'000; ++i) {
    const std::array<uint32_t, 2> key = {pick(300), pick(40)};
    ++table.At(key).count;
    ++expected[key];
  }
  ASSERT_EQ(table.groups().size(), expected.size());
  for (const auto& [key, count] : expected) {
    const Counter* group = table.Find(key);
    ASSERT_NE(group, nullptr);
    EXPECT_EQ(group->count, count);
  }
}

struct Wide {
  std::array<uint64_t, 1> key{};
};

TEST(GroupTable, AllBitsOfAWideKeyCount) {
  GroupTable<Wide> table;
  table.At({uint64_t{1} << 40});
  EXPECT_EQ(table.Find({0}), nullptr);
  EXPECT_EQ(table.Find({uint64_t{1} << 8}), nullptr);
  EXPECT_NE(table.Find({uint64_t{1} << 40}), nullptr);
}

TEST(GroupTable, AGroupStaysWhereItIs) {
  GroupTable<Counter> table;
  Counter* const first = &table.At({1, 1});
  for (uint32_t i = 0; i < 10'000; ++i) table.At({i, 2});
  EXPECT_EQ(&table.At({1, 1}), first);
}

TEST(GroupTable, ClearForgetsAllGroups) {
  GroupTable<Counter> table;
  const int64_t empty = table.bytes();
  for (uint32_t i = 0; i < 10'000; ++i) table.At({i, 2}).count = 1;
  table.Clear();
  EXPECT_TRUE(table.groups().empty());
  EXPECT_EQ(table.Find({1, 2}), nullptr);
  EXPECT_EQ(table.bytes(), empty);
  EXPECT_EQ(table.At({1, 2}).count, 0);
}

TEST(GroupTable, BytesGrowWithTheGroups) {
  GroupTable<Counter> table;
  const int64_t empty = table.bytes();
  for (uint32_t i = 0; i < 1000; ++i) table.At({i, i});
  EXPECT_GE(table.bytes(), empty + static_cast<int64_t>(1000 * sizeof(Counter)));
}

}  // namespace
}  // namespace costream
