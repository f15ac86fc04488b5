// Spilled pod groups of a day: a file of FinalPods in their order.
//
// The file has no name: it goes with the process, however that ends. Not thread-safe.
#pragma once

#include <memory>
#include <string>

#include "merge/ordered_pods.h"

namespace costream {

class PodRun : public PodStream {
 public:
  // Writes all that `pods` gives into a file in the folder. `names` are the day's. Usage error where the disk
  // does not take it.
  static arrow::Result<std::unique_ptr<PodRun>> Write(PodStream* pods, const NodeNames* names,
                                                      const std::string& folder);
  ~PodRun() override;

  int64_t bytes() const { return bytes_; }
  // To be called before Next: how much is read at a time.
  void SetBuffer(size_t bytes) { buffer_bytes_ = bytes; }
  // Reads the groups once. Views hold until the next call.
  arrow::Result<bool> Next(FinalPod* pod) override;

 private:
  PodRun(int file, const NodeNames* names) : file_(file), names_(*names) {}
  // Makes `size` bytes present in the buffer from next_ on.
  arrow::Status Load(size_t size);

  const int file_;
  const NodeNames& names_;
  int64_t bytes_ = 0;
  int64_t read_ = 0;  // of the file
  std::string buffer_;
  size_t next_ = 0;  // in the buffer
  size_t buffer_bytes_ = size_t{64} << 10;
};

}  // namespace costream
