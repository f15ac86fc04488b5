// Spilled pod groups of a day: a file of FinalPods in their order. Not thread-safe.
#pragma once

#include <memory>

#include "merge/ordered_pods.h"
#include "merge/spill_file.h"

namespace costream {

class PodRun : public PodStream {
 public:
  // Writes all that `pods` gives. `names` are the day's. Usage error where the disk does not take it.
  static arrow::Result<std::unique_ptr<PodRun>> Write(PodStream* pods, const NodeNames* names,
                                                      SpillSpace* space);

  int64_t bytes() const { return file_->bytes(); }
  // To be called before Next: how much is read at a time.
  void SetBuffer(size_t bytes) { reader_.emplace(file_.get(), 0, file_->bytes(), bytes); }
  // Reads the groups once. Views hold until the next call.
  arrow::Result<bool> Next(FinalPod* pod) override;

 private:
  PodRun(std::unique_ptr<SpillFile> file, const NodeNames* names) : file_(std::move(file)), names_(*names) {
    SetBuffer(size_t{64} << 10);
  }

  const std::unique_ptr<SpillFile> file_;
  const NodeNames& names_;
  std::optional<SpillReader> reader_;
  size_t size_ = 0;  // of the group at hand
};

}  // namespace costream
