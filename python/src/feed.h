// Streams that are read on the caller's thread while the engine works on another: iterators stay on the
// thread that they belong to, and making the next chunk overlaps with aggregating the last.
#pragma once

#include <arrow/record_batch.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace costream {

class Feed {
 public:
  Feed();
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  // For the engine: a stream that waits until the caller has read. It must not be used when this is gone.
  std::shared_ptr<arrow::RecordBatchReader> Add(std::shared_ptr<arrow::RecordBatchReader> reader);
  // The engine has done its work.
  void End();

  // The rest is for the caller's thread. Waits until the work has ended (true), a stream is to be read or the
  // time is over.
  bool Wait(std::chrono::milliseconds at_most);
  // Reads a batch of a stream that the engine has asked for, where one has room: one batch ahead, or some
  // small ones.
  void ReadOne();
  // The streams fail from now on.
  void Stop();

 private:
  class Stream;
  Stream* Wanted() const;  // REQUIRES: mutex_ held

  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false, stopped_ = false;
  std::vector<std::shared_ptr<Stream>> streams_;
};

}  // namespace costream
