// Several streams of pod groups as one: groups of equal keys become one.
#pragma once

#include <memory>
#include <vector>

#include "merge/ordered_pods.h"

namespace costream {

class MergedPods : public PodStream {
 public:
  // The streams outlive this.
  explicit MergedPods(const std::vector<PodStream*>& streams);
  ~MergedPods() override;

  // Views hold until the next call.
  arrow::Result<bool> Next(FinalPod* pod) override;

 private:
  struct Source;
  arrow::Status Advance(Source* source);
  Source* Pop();

  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<Source*> heap_;        // those that have a group; the least on top
  std::vector<Source*> to_advance_;  // their groups have been given
};

}  // namespace costream
