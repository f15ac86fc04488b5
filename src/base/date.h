// Days and months of the proleptic Gregorian calendar, UTC. A day is counted from 1970-01-01.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace costream {

using Day = int32_t;

struct Month {
  int year = 0;
  int month = 0;  // 1..12
  bool operator==(const Month&) const = default;
};

Day DayOf(int year, int month, int day);
Month MonthOf(Day day);
int DaysIn(Month month);
Day FirstDay(Month month);
Day LastDay(Month month);

std::string FormatDay(Day day);            // 2025-11-01
std::string FormatMonth(Month month);      // 2025-11
std::string FormatMicros(int64_t micros);  // 2025-11-01 13:00:00
std::optional<Month> ParseMonth(std::string_view text);
std::optional<Day> ParseDay(std::string_view text);

// A UTC timestamp in microseconds since 1970-01-01: "2025-11-01 00:00:00 +0000 UTC", ISO 8601 with T or a
// space, optional fraction, optional Z or offset (the zone defaults to UTC); a date alone is midnight.
std::optional<int64_t> ParseTimestamp(std::string_view text);

// The day that holds the instant.
Day DayOfMicros(int64_t micros);

}  // namespace costream
