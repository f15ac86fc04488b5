#include "report/window.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/error.h"
#include "base/units.h"

namespace costream {
namespace {

std::optional<int64_t> ParseNumber(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

// Minutes of "30m", "12h", "7d", "2w".
std::optional<int64_t> ParseMinutes(std::string_view text) {
  if (text.size() < 2 || text.size() > 8) return std::nullopt;
  const auto number = ParseNumber(text.substr(0, text.size() - 1));
  if (!number || *number == 0) return std::nullopt;
  switch (text.back()) {
    case 'm':
      return number;
    case 'h':
      return *number * 60;
    case 'd':
      return *number * 1440;
    case 'w':
      return *number * 1440 * 7;
    default:
      return std::nullopt;
  }
}

std::optional<int64_t> ParseInstant(std::string_view text) {
  constexpr int64_t kMostSeconds = 253402300800;  // the year 10000
  if (const auto seconds = ParseNumber(text); seconds && *seconds < kMostSeconds) {
    return *seconds * kMicrosPerSecond;
  }
  return ParseTimestamp(text);
}

std::optional<Window> NamedWindow(std::string_view name, Day today) {
  const Day sunday = today - (today % 7 + 4) % 7;  // 1970-01-01 was a Thursday
  const Day month = FirstDay(MonthOf(today));
  if (name == "today") return Window{today, today + 1};
  if (name == "yesterday") return Window{today - 1, today};
  if (name == "week") return Window{sunday, today + 1};
  if (name == "lastweek") return Window{sunday - 7, sunday};
  if (name == "month") return Window{month, today + 1};
  if (name == "lastmonth") return Window{FirstDay(MonthOf(month - 1)), month};
  return std::nullopt;
}

}  // namespace

arrow::Result<Window> ParseWindow(std::string_view text, int64_t now_micros) {
  const Day today = DayOfMicros(now_micros);
  std::optional<Window> window = NamedWindow(text, today);
  if (const auto minutes = ParseMinutes(text)) {
    window = Window{static_cast<Day>(today + 1 - (*minutes + 1439) / 1440), today + 1};
  }
  if (const size_t comma = text.find(','); comma != std::string_view::npos) {
    const auto begin = ParseInstant(text.substr(0, comma)), end = ParseInstant(text.substr(comma + 1));
    if (begin && end && *begin < *end)
      window = Window{DayOfMicros(*begin), DayOfMicros(*end + kMicrosPerDay - 1)};
  }
  if (!window) {
    return UsageError(
        "window '{}': take today, yesterday, week, lastweek, month, lastmonth, a duration like 7d, or "
        "begin,end like 2025-11-01T00:00:00Z,2025-12-01T00:00:00Z",
        text);
  }
  if (window->end - window->first > kMostWindowDays) {
    return UsageError("window '{}' has more than {} days", text, kMostWindowDays);
  }
  return *window;
}

arrow::Result<int> ParseStep(std::string_view text) {
  const auto minutes = ParseMinutes(text);
  if (!minutes || *minutes % 1440 != 0) {
    return UsageError("step '{}': rows are of days, so take a number of them, like 1d or 1w", text);
  }
  return static_cast<int>(std::min<int64_t>(*minutes / 1440, kMostWindowDays));
}

std::vector<Window> InSteps(const Window& window, int days) {
  std::vector<Window> steps;
  for (Day first = window.first; first < window.end; first += days) {
    steps.push_back({first, std::min(first + days, window.end)});
  }
  return steps;
}

}  // namespace costream
