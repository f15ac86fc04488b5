#include "base/arrow_pool.h"

namespace costream {

arrow::MemoryPool* ArrowPool() {
#ifdef COSTREAM_SANITIZED  // sees only what malloc gives
  return arrow::system_memory_pool();
#endif
  static arrow::MemoryPool* const pool = [] {
    arrow::MemoryPool* jemalloc = nullptr;
    return arrow::jemalloc_memory_pool(&jemalloc).ok() ? jemalloc : arrow::default_memory_pool();
  }();
  return pool;
}

}  // namespace costream
