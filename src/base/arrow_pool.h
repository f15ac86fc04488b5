// The memory pool of all Arrow allocations of ours: malloc's. What it has free serves our own tables, too,
// and goes back to the machine by malloc_trim; a pool beside it holds free memory of its own
// (docs/performance.md).
#pragma once

#include <arrow/memory_pool.h>

namespace costream {

arrow::MemoryPool* ArrowPool();

}  // namespace costream
