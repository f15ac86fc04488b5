#include "report/decimal_sum.h"

#include <gtest/gtest.h>

namespace costream {
namespace {

DecimalSum SumOf(std::initializer_list<double> values) {
  DecimalSum sum;
  for (const double value : values) EXPECT_TRUE(sum.Add(*ToDecimal15(value)));
  return sum;
}

TEST(DecimalSum, IsThatOfTheDecimalsAsTheyAreWritten) {
  EXPECT_EQ(SumOf({0.1, 0.2}).Text(), "0.3");
  EXPECT_EQ(SumOf({}).Text(), "0");
  EXPECT_EQ(SumOf({-0.5, 0.25}).Text(), "-0.25");
  EXPECT_EQ(SumOf({1e17, 0.000000000000001}).Text(), "100000000000000000.000000000000001");
}

TEST(DecimalSum, RoundsHalfAwayFromZero) {
  EXPECT_EQ(*SumOf({0.125}).Rounded(2), 13);
  EXPECT_EQ(*SumOf({-0.125}).Rounded(2), -13);
  EXPECT_EQ(*SumOf({0.124}).Rounded(2), 12);
  EXPECT_FALSE(SumOf({1e17}).Rounded(2).ok());
}

TEST(DecimalSum, TellsWhenItLeavesTheRange) {
  DecimalSum sum;
  const int128 most = static_cast<int128>(~static_cast<unsigned __int128>(0) >> 1);
  EXPECT_TRUE(sum.Add(most));
  EXPECT_FALSE(sum.Add(1));
}

}  // namespace
}  // namespace costream
