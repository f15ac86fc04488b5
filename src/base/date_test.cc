#include "base/date.h"

#include <gtest/gtest.h>

#include "base/units.h"

namespace costream {
namespace {

TEST(Date, ParsesTheSpellingsOfOperatorsAndIso) {
  const int64_t noon = DayOf(2025, 11, 1) * kMicrosPerDay + 12 * kMicrosPerHour;
  for (const char* text : {"2025-11-01 12:00:00 +0000 UTC", "2025-11-01T12:00:00Z", "2025-11-01 12:00:00",
                           "2025-11-01T12:00:00.000+00:00", "2025-11-01 14:00:00 +0200", "2025-11-01 12:00",
                           "2025-11-01 06:30:00-05:30", "2025-11-01 13:00:00 +01",
                           "2025-11-01 13:00:00 +01 GMT", "2025-11-01T12:00:00.000000999Z"}) {
    EXPECT_EQ(ParseTimestamp(text), noon) << text;
  }
  EXPECT_EQ(ParseTimestamp("2025-11-01 12:00:00.25"), noon + 250'000);
  EXPECT_EQ(ParseTimestamp("2025-11-01"), noon - 12 * kMicrosPerHour);
}

TEST(Date, RefusesWhatIsNoTimestamp) {
  for (const char* text : {"",
                           "2025-13-01",
                           "2025-02-30 00:00:00",
                           "yesterday",
                           "2025-11-01 25:00:00",
                           "2025-11-01 00:00:00 +0000 PST",
                           "2025-11-01x",
                           "2025-11-01 00:00:00 +0",
                           "2025",
                           "2025-1",
                           "2025-11",
                           "2025-11-1",
                           "2025-11-0a",
                           "2025/11/01",
                           "2025-11/01",
                           "2025-11-01 0",
                           "2025-11-01 00",
                           "2025-11-01 00:0",
                           "2025-11-01 00:00:0",
                           "2025-11-01 00:60",
                           "2025-11-01 00:00:61",
                           "2025-11-01 00:00:00 +19:00",
                           "2025-11-01 00:00:00 +01:60",
                           "2025-11-01 00:00 +01:"}) {
    EXPECT_EQ(ParseTimestamp(text), std::nullopt) << text;
  }
}

TEST(Date, MonthsHaveTheirDays) {
  EXPECT_EQ(DaysIn({2025, 2}), 28);
  EXPECT_EQ(DaysIn({2024, 2}), 29);
  EXPECT_EQ(DaysIn({2025, 12}), 31);
  EXPECT_EQ(ParseMonth("2025-2"), (Month{2025, 2}));
  for (const char* text : {"", "2025", "2025-", "2025-00", "2025-13", "2025-011", "2025-x", "x"}) {
    EXPECT_EQ(ParseMonth(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseDay("2025-11-01"), DayOf(2025, 11, 1));
  EXPECT_EQ(ParseDay("2025-11-01 "), std::nullopt);
  EXPECT_EQ(FormatDay(LastDay({2025, 2})), "2025-02-28");
}

TEST(Date, InstantsAreShownToTheSecond) {
  EXPECT_EQ(FormatMicros(DayOf(2025, 11, 1) * kMicrosPerDay + 13 * kMicrosPerHour + 61 * kMicrosPerSecond),
            "2025-11-01 13:01:01");
  EXPECT_EQ(FormatMicros(-1), "1969-12-31 23:59:59");
}

TEST(Date, InstantsBeforeTheEpochHaveTheirDay) {
  EXPECT_EQ(DayOfMicros(-1), -1);
  EXPECT_EQ(DayOfMicros(0), 0);
  EXPECT_EQ(DayOfMicros(-kMicrosPerDay), -1);
}

}  // namespace
}  // namespace costream
