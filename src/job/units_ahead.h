// Readers of the next units, opened in the background: where the input is far away, opening one takes as long
// as reading it.
#pragma once

#include <arrow/util/future.h>
#include <arrow/util/thread_pool.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "job/plan.h"

namespace costream {

// Thread-safe.
class UnitsAhead {
 public:
  using Opened = std::shared_ptr<BatchReader>;

  UnitsAhead(const Plan* plan, std::function<DecodeOptions(const Unit&)> options);
  ~UnitsAhead();  // waits for what is being opened

  // The reader of a unit that a worker has taken; begins to open those that come next.
  arrow::Result<Opened> Open(size_t index);

 private:
  arrow::Status OpenNext(size_t index);

  const Plan& plan_;
  const std::function<DecodeOptions(const Unit&)> options_;
  // Threads of its own: opening waits for reads of Arrow's I/O threads, which must not all be waiting here.
  std::shared_ptr<arrow::internal::ThreadPool> threads_;
  std::mutex mutex_;
  std::vector<bool> begun_;  // by unit
  std::map<size_t, arrow::Future<Opened>> opening_;
  int64_t opening_bytes_ = 0;
};

}  // namespace costream
