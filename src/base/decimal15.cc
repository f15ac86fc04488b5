#include "base/decimal15.h"

#include <cmath>

namespace costream {

std::optional<int128> ToDecimal15(double value) {
  constexpr int128 kTenTo15 = 1'000'000'000'000'000;
  constexpr int128 kLimit = kTenTo15 * kTenTo15 * 1000;  // 10^33
  if (!std::isfinite(value) || std::fabs(value) >= 1e18) return std::nullopt;
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(value), &exponent);  // |value| = fraction * 2^exponent
  const int128 product = static_cast<int128>(static_cast<int64_t>(std::ldexp(fraction, 53))) * kTenTo15;
  const int shift = 53 - exponent;  // |value| * 10^15 = product / 2^shift; shift > -8 for values below 10^18
  int128 result = 0;
  if (shift <= 0) {
    result = product << -shift;
  } else if (shift < 126) {
    result = product >> shift;
    const int128 rest = product - (result << shift);
    const int128 half = static_cast<int128>(1) << (shift - 1);
    if (rest > half || (rest == half && (result & 1))) ++result;
  }
  if (result >= kLimit) return std::nullopt;
  return value < 0 ? -result : result;
}

}  // namespace costream
