// What the operating system says of this process.
#pragma once

#include <cstdint>

namespace costream {

int64_t ResidentBytes();      // now
int64_t PeakResidentBytes();  // the largest so far

}  // namespace costream
