#include "merge/ordered_pods.h"

#include <algorithm>

#include "model/label_set.h"

namespace costream {
namespace {

using Id = StringPool::Id;

constexpr size_t kAhead = 6;  // groups between the steps of fetching them before they are needed

// By id: the rank among the ids that are `used`; null comes last.
std::vector<uint32_t> Ranks(const StringPool& pool, const std::vector<bool>& used) {
  std::vector<Id> ids;
  for (Id id = 0; id < used.size(); ++id) {
    if (used[id]) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end(), [&](Id a, Id b) { return CompareNullLast(pool, a, b) < 0; });
  std::vector<uint32_t> ranks(used.size());
  for (uint32_t rank = 0; rank < ids.size(); ++rank) ranks[ids[rank]] = rank;
  return ranks;
}

}  // namespace

OrderedPods::OrderedPods(const DayState& state) : state_(state) {
  std::vector<bool> namespaces(state.pods.texts().size()), nodes(state.names.pool().size());
  places_.reserve(state.pods.size());
  state.pods.ForEach([&](const PodGroup& group) {
    namespaces[group.key[0]] = true;
    nodes[group.key[1]] = true;
    places_.push_back({0, &group});
  });
  node_labels_.resize(nodes.size());
  for (Id node = 1; node < nodes.size(); ++node) {
    if (nodes[node]) node_labels_[node] = state.labels.Of(DayLabels::kNode, state.names.pool().View(node));
  }
  const auto namespace_ranks = Ranks(state.pods.texts(), namespaces);
  const auto node_ranks = Ranks(state.names.pool(), nodes);
  for (Place& place : places_) {
    place.rank = (uint64_t{namespace_ranks[place.group->key[0]]} << 32) | node_ranks[place.group->key[1]];
  }
  std::sort(places_.begin(), places_.end(), [](const Place& a, const Place& b) { return a.rank < b.rank; });
}

// Groups and their texts lie in order of arrival: each is a wait for memory otherwise.
void OrderedPods::Prefetch() const {
  const auto ahead = [&](size_t by) { return places_[std::min(next_place_ + by, places_.size() - 1)].group; };
  const char* group = reinterpret_cast<const char*>(ahead(3 * kAhead));
  for (size_t at = 0; at < sizeof(PodGroup); at += 64) __builtin_prefetch(group + at);
  state_.pods.texts().PrefetchId(ahead(2 * kAhead)->key[2]);
  state_.pods.texts().PrefetchText(ahead(kAhead)->key[2]);
}

std::optional<std::string_view> OrderedPods::Text(Id id) const {
  return id ? std::optional<std::string_view>(state_.pods.texts().View(id)) : std::nullopt;
}

void OrderedPods::LoadBucket() {
  bucket_.clear();
  json_.clear();
  next_member_ = 0;
  const Place& first = places_[next_place_];
  const auto name_space = Text(first.group->key[0]);
  if (next_place_ == 0 || first.group->key[0] != namespace_) {
    namespace_ = first.group->key[0];
    namespace_labels_ =
        name_space ? state_.labels.Of(DayLabels::kNamespace, *name_space) : std::string_view();
  }
  ends_.clear();
  for (; next_place_ < places_.size() && places_[next_place_].rank == first.rank; ++next_place_) {
    const PodGroup& group = *places_[next_place_].group;
    Prefetch();
    AppendMergedJson(
        std::array{node_labels_[group.key[1]], namespace_labels_, state_.pods.texts().View(group.key[2])},
        &json_);
    bucket_.push_back({{}, &group});
    ends_.push_back(json_.size());
  }
  for (size_t i = 0; i < ends_.size(); ++i) {
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    bucket_[i].labels = std::string_view(json_).substr(begin, ends_[i] - begin);
  }
  std::sort(bucket_.begin(), bucket_.end(),
            [](const Member& a, const Member& b) { return a.labels < b.labels; });
}

arrow::Result<bool> OrderedPods::Next(FinalPod* pod) {
  if (next_member_ == bucket_.size()) {
    if (next_place_ == places_.size()) return false;
    LoadBucket();
  }
  const Member& first = bucket_[next_member_];
  pod->name_space = Text(first.group->key[0]);
  pod->node = first.group->key[1];
  pod->node_name = state_.names.pool().View(pod->node);
  pod->labels = first.labels;
  pod->sums = first.group->sums;
  pod->in_range = true;
  Id resource_id = first.group->resource_id;
  for (++next_member_; next_member_ < bucket_.size() && bucket_[next_member_].labels == first.labels;
       ++next_member_) {
    const PodGroup& same = *bucket_[next_member_].group;
    pod->in_range &= pod->sums.Merge(same.sums);
    resource_id = MaxText(state_.pods.texts(), resource_id, same.resource_id);
  }
  pod->resource_id = Text(resource_id);
  return true;
}

}  // namespace costream
