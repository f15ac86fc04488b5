#include "report/window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/units.h"

namespace costream {
namespace {

using testing::ElementsAre;

// A Wednesday at noon.
const Day kToday = DayOf(2025, 11, 12);
Window Parsed(const char* text) {
  return ParseWindow(text, kToday * kMicrosPerDay + kMicrosPerDay / 2).ValueOrDie();
}

TEST(Window, TakesWordsDurationsAndPairs) {
  EXPECT_EQ(Parsed("today"), (Window{kToday, kToday + 1}));
  EXPECT_EQ(Parsed("yesterday"), (Window{kToday - 1, kToday}));
  EXPECT_EQ(Parsed("week"), (Window{DayOf(2025, 11, 9), kToday + 1}));
  EXPECT_EQ(Parsed("lastweek"), (Window{DayOf(2025, 11, 2), DayOf(2025, 11, 9)}));
  EXPECT_EQ(Parsed("month"), (Window{DayOf(2025, 11, 1), kToday + 1}));
  EXPECT_EQ(Parsed("lastmonth"), (Window{DayOf(2025, 10, 1), DayOf(2025, 11, 1)}));
  EXPECT_EQ(Parsed("7d"), (Window{kToday - 6, kToday + 1}));
  EXPECT_EQ(Parsed("60m"), (Window{kToday, kToday + 1}));
  EXPECT_EQ(Parsed("48h"), (Window{kToday - 1, kToday + 1}));
  EXPECT_EQ(Parsed("2025-11-01T00:00:00Z,2025-12-01T00:00:00Z"),
            (Window{DayOf(2025, 11, 1), DayOf(2025, 12, 1)}));
  EXPECT_EQ(Parsed("2025-11-01T05:00:00Z,2025-11-02T01:00:00Z"),
            (Window{DayOf(2025, 11, 1), DayOf(2025, 11, 3)}));
  EXPECT_EQ(Parsed("1761955200,1762041600"), (Window{DayOf(2025, 11, 1), DayOf(2025, 11, 2)}));
}

TEST(Window, RefusesWhatIsNone) {
  for (const char* text :
       {"", "x", "0d", "-7d", "7y", "400d", "99999999999d", "2025-11-02,2025-11-01", "2025-11-01,", ",",
        "99999999999999999999,2", "2025-01-01T00:00:00Z,2027-01-01T00:00:00Z"}) {
    EXPECT_FALSE(ParseWindow(text, 0).ok()) << text;
  }
}

TEST(Window, IsCutIntoSteps) {
  EXPECT_THAT(InSteps({0, 7}, 3), ElementsAre(Window{0, 3}, Window{3, 6}, Window{6, 7}));
  EXPECT_EQ(*ParseStep("1w"), 7);
  EXPECT_EQ(*ParseStep("48h"), 2);
  EXPECT_FALSE(ParseStep("1h").ok());
  EXPECT_FALSE(ParseStep("").ok());
}

}  // namespace
}  // namespace costream
