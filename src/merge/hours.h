// Sums in the units of the summary.
#pragma once

#include "base/fixed_sum.h"
#include "base/units.h"

namespace costream {

// Core-seconds -> core-hours.
inline double CpuHours(const CpuSum& sum) { return sum.ToDouble() / kSecondsPerHour; }
// Byte-seconds -> GiB-hours.
inline double GibHours(const ByteSum& sum) { return sum.ToDouble() / kSecondsPerHour / kBytesPerGiB; }

}  // namespace costream
