#include "source/superseded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/units.h"

namespace costream {
namespace {

using testing::ElementsAre;

constexpr Table kPods{ReportKind::kPod, Granularity::kHourly};

Offer Whole(const std::string& id, int hours, std::optional<int64_t> date = {}, Day day = 1,
            Table table = kPods) {
  return {table, day, id, true, hours, date};
}
Offer Adds(const std::string& id, Day day = 1) { return {kPods, day, id, false, 0, {}}; }

TEST(Superseded, TheMostHoursOfADayCount) {
  EXPECT_THAT(Counting({Whole("z", 4), Whole("a", 12), Whole("m", 8)}), ElementsAre(false, true, false));
}

TEST(Superseded, OfEqualHoursTheLatestThenTheGreatestId) {
  EXPECT_THAT(Counting({Whole("z", 4, 100), Whole("a", 4, 200), Whole("y", 4)}),
              ElementsAre(false, true, false));
  EXPECT_THAT(Counting({Whole("a", 4, 100), Whole("b", 4, 100)}), ElementsAre(false, true));
  EXPECT_THAT(Counting({Whole("9", 4), Whole("10", 4)}), ElementsAre(false, true));
}

TEST(Superseded, DaysAndTablesAreDecidedApart) {
  EXPECT_THAT(Counting({Whole("a", 4, {}, 1), Whole("b", 8, {}, 2),
                        Whole("c", 2, {}, 1, {ReportKind::kStorage, Granularity::kHourly}),
                        Whole("d", 2, {}, 1, {ReportKind::kPod, Granularity::kDaily})}),
              ElementsAre(true, true, true, true));
}

TEST(Superseded, FilesOfOneDeliveryStandTogether) {
  EXPECT_THAT(Counting({Whole("a", 4), Whole("b", 5), Whole("a", 6)}), ElementsAre(true, false, true));
}

TEST(Superseded, WhatAddsCountsWhereNoWholeDayIsThere) {
  EXPECT_THAT(Counting({Adds("a"), Adds("b"), Whole("c", 1, {}, 2), Adds("d", 2)}),
              ElementsAre(true, true, true, false));
}

TEST(Superseded, TheOrderOfOffersDoesNotMatter) {
  std::vector<Offer> offers = {Whole("9", 4),    Whole("10", 4),   Whole("1a", 4),
                               Whole("2", 4, 5), Whole("a", 3, 9), Adds("b"),
                               Whole("2", 4),    Whole("1a", 3),   Whole("07", 4, 5)};
  std::vector<size_t> order(offers.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto counts = Counting(offers);
  for (int turn = 0; turn < 2000; ++turn) {
    std::ranges::next_permutation(order);
    std::vector<Offer> shuffled;
    for (const size_t i : order) shuffled.push_back(offers[i]);
    const auto again = Counting(shuffled);
    for (size_t i = 0; i < order.size(); ++i) ASSERT_EQ(again[i], counts[order[i]]) << turn;
  }
}

TEST(Superseded, IdsHaveATotalOrder) {
  const std::vector<std::string> ascending = {"",   "0", "7", "07", "10", "99999999999999999999999",
                                              "1a", "a", "b"};
  const std::vector<std::string> sorted = {"0", "07", "7", "10", "99999999999999999999999",
                                           "",  "1a", "a", "b"};
  std::vector<std::string> ids = ascending;
  std::ranges::sort(ids, IdLess);
  EXPECT_EQ(ids, sorted);
}

TEST(Superseded, HoursOfADayAreItsShareRoundedUp) {
  constexpr int64_t kDay = kMicrosPerDay, kHour = kMicrosPerHour;
  EXPECT_EQ(HoursOf(kDay, 2 * kDay, 1), 24);
  EXPECT_EQ(HoursOf(kDay, 2 * kDay, 2), 0);
  EXPECT_EQ(HoursOf(kDay, 2 * kDay, 0), 0);
  EXPECT_EQ(HoursOf(kDay, kDay + 1, 1), 1);
  EXPECT_EQ(HoursOf(kDay, kDay + 3 * kHour, 1), 3);
  EXPECT_EQ(HoursOf(kDay - 5 * kHour, kDay + 3 * kHour + 1, 1), 4);
  EXPECT_EQ(HoursOf(kDay - 5 * kHour, kDay + 3 * kHour + 1, 0), 5);
  EXPECT_EQ(HoursOf(-kDay, 5 * kDay, 0), 24);
}

TEST(Superseded, MetadataThatIsIncompleteIsNone) {
  std::map<std::string, std::string, std::less<>> values = {
      {"manifestid", "17"}, {"reportdatestart", "2025-11-01"}, {"reportnumhours", "24"}};
  const auto read = [&] {
    return ReadDelivery([&](std::string_view key) {
      const auto at = values.find(key);
      return at == values.end() ? std::nullopt : std::optional(at->second);
    });
  };
  ASSERT_TRUE(read());
  EXPECT_EQ(read()->id, "17");
  EXPECT_EQ(FormatDay(read()->day), "2025-11-01");
  EXPECT_EQ(read()->hours, 24);
  EXPECT_FALSE(read()->date_micros);
  values["reportdatestart"] = "2025-11-02 00:00:00+00:00";
  values["manifestdate"] = "2025-11-02T01:00:00Z";
  EXPECT_EQ(FormatDay(read()->day), "2025-11-02");
  EXPECT_EQ(FormatMicros(*read()->date_micros), "2025-11-02 01:00:00");
  for (const char* key : {"manifestid", "reportdatestart", "reportnumhours"}) {
    const std::string kept = values[key];
    for (const char* bad : {"", "x", "24h"}) {
      values[key] = bad;
      EXPECT_EQ(read().has_value(), std::string(key) == "manifestid" && *bad) << key << "=" << bad;
    }
    values.erase(key);
    EXPECT_FALSE(read()) << key;
    values[key] = kept;
  }
}

}  // namespace
}  // namespace costream
