#include "aggregate/segments.h"

#include <gtest/gtest.h>

#include <numeric>

namespace costream {
namespace {

struct Item {
  int64_t number = 7;
};

TEST(Segments, ElementsStayWhereTheyAre) {
  Segments<Item> items;
  std::vector<Item*> places;
  for (int64_t i = 0; i < 5000; ++i) {
    Item& item = items.Append();
    EXPECT_EQ(item.number, 7) << "a new element has its defaults";
    item.number = i;
    places.push_back(&item);
  }
  ASSERT_EQ(items.size(), 5000u);
  for (size_t i = 0; i < places.size(); ++i) {
    EXPECT_EQ(&items[i], places[i]);
    EXPECT_EQ(items[i].number, static_cast<int64_t>(i));
  }
}

TEST(Segments, AreWalkedInOrder) {
  Segments<Item> items;
  EXPECT_TRUE(items.empty());
  EXPECT_TRUE(items.begin() == items.end());
  for (int64_t i = 0; i < 1024; ++i) items.Append().number = i;
  int64_t next = 0;
  for (Item& item : items) EXPECT_EQ(item.number++, next++);
  EXPECT_EQ(next, 1024);
  const Segments<Item>& read_only = items;
  const int64_t sum = std::accumulate(read_only.begin(), read_only.end(), int64_t{0},
                                      [](int64_t so_far, const Item& item) { return so_far + item.number; });
  EXPECT_EQ(sum, 1024 * 1025 / 2);
}

TEST(Segments, ClearGivesTheMemoryBackAndElementsStartAnew) {
  Segments<Item> items;
  EXPECT_EQ(items.bytes(), 0);
  for (int i = 0; i < 2000; ++i) items.Append().number = i;
  EXPECT_GE(items.bytes(), static_cast<int64_t>(2000 * sizeof(Item)));
  items.Clear();
  EXPECT_TRUE(items.empty());
  EXPECT_EQ(items.bytes(), 0);
  EXPECT_EQ(items.Append().number, 7);
  EXPECT_EQ(items.size(), 1u);
}

}  // namespace
}  // namespace costream
