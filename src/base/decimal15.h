// numeric(33,15), as the summary table and CSV spell measures.
#pragma once

#include <cstdint>
#include <optional>

#include "base/fixed_sum.h"

namespace costream {

inline constexpr int kDecimalPrecision = 33;
inline constexpr int kDecimalScale = 15;

// value * 10^15 rounded half to even, computed exactly; nothing where it has more than 33 digits or is not
// finite.
std::optional<int128> ToDecimal15(double value);

}  // namespace costream
