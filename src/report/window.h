// The `window` and `step` of OpenCost's allocation API, as whole days.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/date.h"

namespace costream {

struct Window {
  Day first = 0, end = 0;  // the first day after it
  bool operator==(const Window&) const = default;
};

// A word (today, yesterday, week, lastweek, month, lastmonth), a duration before the end of the current day
// (7d, 48h), or a beginning and end: RFC 3339, dates or seconds since 1970. What is within a day is extended
// to all of it. Weeks begin on Sunday. `now_micros` since 1970-01-01. Usage error for anything else, and for
// more than kMostWindowDays.
arrow::Result<Window> ParseWindow(std::string_view text, int64_t now_micros);

// "1d", "24h", "1w": a number of days. Usage error where it is none.
arrow::Result<int> ParseStep(std::string_view text);

// The window in steps, the last one shorter where it does not divide.
std::vector<Window> InSteps(const Window& window, int days);

inline constexpr int kMostWindowDays = 366;

}  // namespace costream
