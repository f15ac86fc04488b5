#include "base/fixed_sum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace costream {
namespace {

TEST(FixedSum, AnyOrderGivesTheSameBits) {
  std::mt19937_64 random(7);
  std::vector<double> values(10000);
  for (double& value : values)
    value = std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 90) - 80);
  FixedSum<44> first;
  for (double value : values) ASSERT_TRUE(first.Add(value));
  for (int round = 0; round < 5; ++round) {
    std::shuffle(values.begin(), values.end(), random);
    FixedSum<44> left, right;
    for (size_t i = 0; i < values.size(); ++i) ASSERT_TRUE((i % 3 ? left : right).Add(values[i]));
    ASSERT_TRUE(left.Add(right));
    EXPECT_TRUE(left == first);
  }
}

TEST(FixedSum, IsExactOnTheGrid) {
  FixedSum<44> sum;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(sum.Add(0.1));
  EXPECT_NEAR(sum.ToDouble(), 100.0, 1e-10);
  FixedSum<44> zero;
  EXPECT_TRUE(zero.Add(1e18) && zero.Add(0.25) && zero.Add(-1e18));
  EXPECT_EQ(zero.ToDouble(), 0.25);
}

TEST(FixedSum, LeavingTheRangeIsTold) {
  FixedSum<44> sum;
  EXPECT_FALSE(sum.Add(1e30));
  FixedSum<44> grown;
  EXPECT_TRUE(grown.Add(8e24));
  EXPECT_FALSE(grown.Add(8e24));
  FixedSum<16> bytes;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(bytes.Add(1e23));
  EXPECT_DOUBLE_EQ(bytes.ToDouble(), 1e26);
}

}  // namespace
}  // namespace costream
