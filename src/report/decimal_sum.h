// Exact sums of measures as decimals are written: numeric(33,15), so that a total is that of the table to the
// last digit.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>

#include "base/decimal15.h"

namespace costream {

class DecimalSum {
 public:
  // A decimal as ToDecimal15 gives it. False where the sum leaves the range.
  [[nodiscard]] bool Add(int128 units) { return !__builtin_add_overflow(units_, units, &units_); }
  [[nodiscard]] bool Add(const DecimalSum& other) { return Add(other.units_); }

  int128 units() const { return units_; }  // 10^-15
  double ToDouble() const;
  // "12.5": all digits, without zeros at the end.
  std::string Text() const;
  // In 10^-places, rounded half away from zero as SQL's round() does. Input error from 2^53 on, where a page
  // could not show it exactly.
  arrow::Result<int64_t> Rounded(int places) const;

 private:
  int128 units_ = 0;
};

}  // namespace costream
