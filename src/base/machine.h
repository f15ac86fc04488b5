// What this process may use of the machine.
#pragma once

#include <cstdint>

namespace costream {

// Memory of the machine, or less where a control group (v2 or v1) allows less.
int64_t AvailableMemoryBytes();

// Processors that this process may run on, or fewer where a control group gives it less time; at least 1.
int AvailableProcessors();

}  // namespace costream
