// The memory pool of all Arrow allocations of ours: jemalloc where Arrow has it, since it gives memory back
// and its times are steady (docs/performance.md).
#pragma once

#include <arrow/memory_pool.h>

namespace costream {

arrow::MemoryPool* ArrowPool();

}  // namespace costream
