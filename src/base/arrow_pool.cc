#include "base/arrow_pool.h"

#include "base/fault_point.h"

namespace costream {

#ifdef COSTREAM_FAULT_POINTS
namespace {

// May run out of memory in a test.
class FaultyPool : public arrow::ProxyMemoryPool {
 public:
  using ProxyMemoryPool::ProxyMemoryPool;
  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override {
    ARROW_RETURN_NOT_OK(Pass(FaultPoint::kArrowAllocate));
    return ProxyMemoryPool::Allocate(size, alignment, out);
  }
  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment, uint8_t** at) override {
    ARROW_RETURN_NOT_OK(Pass(FaultPoint::kArrowAllocate));
    return ProxyMemoryPool::Reallocate(old_size, new_size, alignment, at);
  }
};

}  // namespace
#endif

arrow::MemoryPool* ArrowPool() {
#ifdef COSTREAM_FAULT_POINTS
  static FaultyPool* const pool =
      new FaultyPool(arrow::system_memory_pool());  // as long as the process, like what it stands before
  return pool;
#else
  return arrow::system_memory_pool();
#endif
}

}  // namespace costream
