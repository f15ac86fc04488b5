// The pod groups of a day in the order of its rows: namespace, node (UTF-8 bytes, null last), merged labels
// (JSON text). Groups that have become equal by merging are one.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aggregate/day_state.h"

namespace costream {

// A group under its final key. Views hold until the next one is asked for.
struct FinalPod {
  std::optional<std::string_view> name_space;
  StringPool::Id node = StringPool::kNull;  // of the day's names
  std::string_view node_name;
  std::optional<std::string_view> resource_id;
  std::string_view labels;  // JSON
  PodSums sums;
  bool in_range = true;
};

// FinalPods in order, each key once.
class PodStream {
 public:
  virtual ~PodStream() = default;
  // False at the end.
  virtual arrow::Result<bool> Next(FinalPod* pod) = 0;
};

// Those that the state holds in memory.
class OrderedPods : public PodStream {
 public:
  // REQUIRES: nobody adds to the state while this lives.
  explicit OrderedPods(const DayState& state);

  arrow::Result<bool> Next(FinalPod* pod) override;

 private:
  struct Place {
    uint64_t rank;  // of (namespace, node)
    const PodGroup* group;
  };
  struct Member {
    std::string_view labels;
    const PodGroup* group;
  };

  void LoadBucket();
  void Prefetch() const;
  std::optional<std::string_view> Text(StringPool::Id id) const;

  const DayState& state_;
  std::vector<std::string_view> node_labels_;  // by node
  StringPool::Id namespace_ = StringPool::kNull;
  std::string_view namespace_labels_;  // of namespace_
  std::vector<Place> places_;
  size_t next_place_ = 0;
  std::vector<Member> bucket_;  // the groups of one (namespace, node)
  size_t next_member_ = 0;
  std::vector<size_t> ends_;  // of their labels in json_
  std::string json_;          // of the bucket's labels
};

}  // namespace costream
