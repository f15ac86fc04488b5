// Measures in accumulators: NaN stands for null.
#pragma once

#include <cmath>
#include <limits>

namespace costream {

inline constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

inline bool IsNull(double value) { return std::isnan(value); }

// The greater of two values, null ignored.
inline double MaxValue(double a, double b) { return a > b || IsNull(b) ? a : b; }

// Effective usage of a pod row: its own where it has one, else the greater of usage and request.
inline double EffectiveValue(double own, double usage, double request) {
  return IsNull(own) ? MaxValue(usage, request) : own;
}

}  // namespace costream
