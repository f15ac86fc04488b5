// Writes batches of rows on a thread of its own, one at a time and in order: the next are formed meanwhile.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "merge/row_builder.h"

namespace costream {

class BackgroundWriter {
 public:
  // Without `threaded`, or where no thread can be started, Write does the work itself.
  BackgroundWriter(BatchSink write, bool threaded);
  // A batch that waits is forgotten where Finish was not called.
  ~BackgroundWriter();

  // Waits until the batch before it is being written. Returns the error of any batch so far.
  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch);
  // Waits until all is written. Nothing may be written after it.
  arrow::Status Finish();

 private:
  void Work(std::stop_token stop);

  const BatchSink write_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  std::shared_ptr<arrow::RecordBatch> waiting_;
  bool writing_ = false;
  arrow::Status status_;
  std::jthread thread_;  // last: it uses all the others
};

}  // namespace costream
