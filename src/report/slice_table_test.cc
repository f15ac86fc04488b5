#include "report/slice_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/decimal15.h"

namespace costream {
namespace {

using testing::ElementsAre;

bool AddTo(SliceTable* table, std::optional<std::string_view> name, double a, double b) {
  const int128 values[] = {*ToDecimal15(a), *ToDecimal15(b)};
  return table->Add(name, values);
}

TEST(SliceTable, SumsByNameAndDay) {
  SliceTable table(2, 2, {1}, 10);
  EXPECT_TRUE(AddTo(&table, "x", 1, 0.125));
  EXPECT_TRUE(AddTo(&table, std::nullopt, 5, 0));
  EXPECT_TRUE(AddTo(&table, "x", 2, 0.25));
  ASSERT_TRUE(table.EndDay(0).ok());
  EXPECT_TRUE(AddTo(&table, "", 7, 1));
  EXPECT_TRUE(AddTo(&table, "x", 0, 4));
  ASSERT_TRUE(table.EndDay(2).ok());
  ASSERT_EQ(table.slices().size(), 3);
  const auto& x = table.slices()[0];
  EXPECT_EQ(x.name, "x");
  EXPECT_EQ(x.total[0].Text(), "3");
  EXPECT_EQ(x.total[1].Text(), "4.375");
  EXPECT_THAT(x.by_day, ElementsAre(ElementsAre(38, 0, 400)));
  EXPECT_EQ(table.slices()[1].name, std::nullopt);
  EXPECT_EQ(table.slices()[2].name, "");
}

TEST(SliceTable, PutsNamesPastTheLimitTogether) {
  size_t left = 2;
  SliceTable table(2, 2, {}, 10, &left), other(2, 2, {}, 10, &left);
  for (const char* name : {"a", "b", "c", "d", "a"}) EXPECT_TRUE(AddTo(&table, name, 1, 1));
  EXPECT_TRUE(AddTo(&other, "e", 1, 1));
  ASSERT_TRUE(table.EndDay(0).ok());
  ASSERT_TRUE(other.EndDay(0).ok());
  ASSERT_EQ(table.slices().size(), 3);
  EXPECT_EQ(table.slices()[0].total[0].Text(), "2");
  EXPECT_TRUE(table.slices()[2].others);
  EXPECT_EQ(table.slices()[2].total[0].Text(), "2");
  EXPECT_TRUE(other.slices()[0].others);
}

}  // namespace
}  // namespace costream
