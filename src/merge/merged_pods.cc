#include "merge/merged_pods.h"

#include <algorithm>

namespace costream {
namespace {

// -1, 0, 1 by namespace (null last), node, labels.
int Compare(const FinalPod& a, const FinalPod& b) {
  if (a.name_space.has_value() != b.name_space.has_value()) return a.name_space ? -1 : 1;
  if (a.name_space) {
    if (const int order = a.name_space->compare(*b.name_space)) return order;
  }
  if (const int order = a.node_name.compare(b.node_name)) return order;
  return a.labels.compare(b.labels);
}

}  // namespace

struct MergedPods::Source {
  PodStream* stream;
  FinalPod pod;

  static bool After(const Source* a, const Source* b) { return Compare(a->pod, b->pod) > 0; }
};

MergedPods::MergedPods(const std::vector<PodStream*>& streams) {
  for (PodStream* stream : streams) {
    sources_.push_back(std::make_unique<Source>(Source{stream, {}}));
    to_advance_.push_back(sources_.back().get());
  }
}

MergedPods::~MergedPods() = default;

arrow::Status MergedPods::Advance(Source* source) {
  ARROW_ASSIGN_OR_RAISE(const bool more, source->stream->Next(&source->pod));
  if (!more) return arrow::Status::OK();
  heap_.push_back(source);
  std::push_heap(heap_.begin(), heap_.end(), Source::After);
  return arrow::Status::OK();
}

MergedPods::Source* MergedPods::Pop() {
  std::pop_heap(heap_.begin(), heap_.end(), Source::After);
  Source* source = heap_.back();
  heap_.pop_back();
  to_advance_.push_back(source);
  return source;
}

arrow::Result<bool> MergedPods::Next(FinalPod* pod) {
  for (Source* source : to_advance_) ARROW_RETURN_NOT_OK(Advance(source));
  to_advance_.clear();
  if (heap_.empty()) return false;
  *pod = Pop()->pod;
  while (!heap_.empty() && Compare(heap_.front()->pod, *pod) == 0) {
    const FinalPod& same = Pop()->pod;
    pod->in_range &= same.in_range && pod->sums.Merge(same.sums);
    if (same.resource_id && (!pod->resource_id || *pod->resource_id < *same.resource_id)) {
      pod->resource_id = same.resource_id;
    }
  }
  return true;
}

}  // namespace costream
