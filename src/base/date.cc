#include "base/date.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

#include "base/units.h"

namespace costream {
namespace {

namespace chrono = std::chrono;

chrono::year_month_day Civil(Day day) { return chrono::year_month_day{chrono::sys_days{chrono::days{day}}}; }

// Reads exactly `digits` decimal digits and moves past them.
std::optional<int> TakeNumber(std::string_view& text, size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool Take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<Day> TakeDay(std::string_view& text) {
  const auto year = TakeNumber(text, 4);
  if (!year || !Take(text, "-")) return std::nullopt;
  const auto month = TakeNumber(text, 2);
  if (!month || !Take(text, "-")) return std::nullopt;
  const auto day = TakeNumber(text, 2);
  if (!day) return std::nullopt;
  const chrono::year_month_day civil{chrono::year{*year}, chrono::month{static_cast<unsigned>(*month)},
                                     chrono::day{static_cast<unsigned>(*day)}};
  if (!civil.ok()) return std::nullopt;
  return DayOf(*year, *month, *day);
}

// Fraction digits after the point, as microseconds; further digits are cut.
int64_t TakeFraction(std::string_view& text) {
  int64_t micros = 0;
  int digits = 0;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
    if (digits < 6) micros = micros * 10 + (text[0] - '0');
    ++digits;
    text.remove_prefix(1);
  }
  for (; digits < 6; ++digits) micros *= 10;
  return micros;
}

// Seconds east of UTC from "Z", "UTC", "+0000", "+00:00", "+00", with spaces before, optionally followed by a
// zone name.
std::optional<int> TakeZone(std::string_view text) {
  while (Take(text, " ")) {
  }
  int offset = 0;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    const int sign = text[0] == '+' ? 1 : -1;
    text.remove_prefix(1);
    const auto hours = TakeNumber(text, 2);
    if (!hours) return std::nullopt;
    const bool no_minutes = !Take(text, ":") && (text.empty() || text[0] == ' ');
    const auto minutes = no_minutes ? std::optional<int>(0) : TakeNumber(text, 2);
    if (!minutes || *hours > 18 || *minutes > 59) return std::nullopt;  // no zone is further off
    offset = sign * (*hours * 3600 + *minutes * 60);
    while (Take(text, " ")) {
    }
  }
  if (text == "" || text == "Z" || text == "UTC" || text == "GMT") return offset;
  return std::nullopt;
}

}  // namespace

Day DayOf(int year, int month, int day) {
  const chrono::sys_days days = chrono::year{year} / month / day;
  return static_cast<Day>(days.time_since_epoch().count());
}

Month MonthOf(Day day) {
  const auto civil = Civil(day);
  return {static_cast<int>(civil.year()), static_cast<int>(static_cast<unsigned>(civil.month()))};
}

int DaysIn(Month month) { return LastDay(month) - FirstDay(month) + 1; }
Day FirstDay(Month month) { return DayOf(month.year, month.month, 1); }
Day LastDay(Month month) {
  return (month.month == 12 ? DayOf(month.year + 1, 1, 1) : DayOf(month.year, month.month + 1, 1)) - 1;
}

std::string FormatDay(Day day) {
  const auto civil = Civil(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(civil.year()),
                     static_cast<unsigned>(civil.month()), static_cast<unsigned>(civil.day()));
}

std::string FormatMonth(Month month) { return fmt::format("{:04}-{:02}", month.year, month.month); }

std::string FormatMicros(int64_t micros) {
  const Day day = DayOfMicros(micros);
  const int64_t seconds = (micros - day * kMicrosPerDay) / kMicrosPerSecond;
  return fmt::format("{} {:02}:{:02}:{:02}", FormatDay(day), seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::optional<Month> ParseMonth(std::string_view text) {
  const auto year = TakeNumber(text, 4);
  if (!year || !Take(text, "-") || text.empty() || text.size() > 2) return std::nullopt;
  const auto month = TakeNumber(text, text.size());
  if (!month || *month < 1 || *month > 12) return std::nullopt;
  return Month{*year, *month};
}

std::optional<Day> ParseDay(std::string_view text) {
  const auto day = TakeDay(text);
  return text.empty() ? day : std::nullopt;
}

std::optional<int64_t> ParseTimestamp(std::string_view text) {
  const auto day = TakeDay(text);
  if (!day) return std::nullopt;
  int64_t micros = *day * kMicrosPerDay;
  if (text.empty()) return micros;
  if (!Take(text, " ") && !Take(text, "T")) return std::nullopt;
  const auto hour = TakeNumber(text, 2);
  if (!hour || !Take(text, ":")) return std::nullopt;
  const auto minute = TakeNumber(text, 2);
  if (!minute) return std::nullopt;
  std::optional<int> second = 0;
  if (Take(text, ":")) second = TakeNumber(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  micros += (*hour * 3600 + *minute * 60 + *second) * kMicrosPerSecond;
  if (Take(text, ".")) micros += TakeFraction(text);
  const auto offset = TakeZone(text);
  if (!offset) return std::nullopt;
  return micros - *offset * kMicrosPerSecond;
}

Day DayOfMicros(int64_t micros) {
  const int64_t day = micros / kMicrosPerDay;
  return static_cast<Day>(day - (micros % kMicrosPerDay < 0));
}

}  // namespace costream
