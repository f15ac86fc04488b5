// The unit conversions of the summary, in one place.
#pragma once

#include <cstdint>

namespace costream {

inline constexpr double kSecondsPerHour = 3600.0;
inline constexpr double kSecondsPerDay = 86400.0;
inline constexpr double kBytesPerGiB = 1073741824.0;  // "gigabyte" in column names is 2^30 bytes
inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerHour = 3600 * kMicrosPerSecond;
inline constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

}  // namespace costream
