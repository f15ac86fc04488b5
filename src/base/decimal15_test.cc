#include "base/decimal15.h"

#include <gtest/gtest.h>

namespace costream {
namespace {

TEST(Decimal15, RoundsHalfToEven) {
  EXPECT_TRUE(ToDecimal15(1.5) == int128{1'500'000'000'000'000});
  EXPECT_TRUE(ToDecimal15(0x1p-16) == int128{15'258'789'062});      // 15258789062.5 exactly: to even
  EXPECT_TRUE(ToDecimal15(3 * 0x1p-16) == int128{45'776'367'188});  // 45776367187.5
  EXPECT_TRUE(ToDecimal15(-0x1p-16) == int128{-15'258'789'062});
  EXPECT_TRUE(ToDecimal15(0.0) == int128{0});
  EXPECT_TRUE(ToDecimal15(4e-16) == int128{0});
  EXPECT_TRUE(ToDecimal15(1e-300) == int128{0});
}

TEST(Decimal15, HasALimit) {
  EXPECT_TRUE(ToDecimal15(1e17).has_value());
  EXPECT_FALSE(ToDecimal15(1e18).has_value());
  EXPECT_FALSE(ToDecimal15(NAN).has_value());
}

}  // namespace
}  // namespace costream
