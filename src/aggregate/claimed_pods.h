// The (namespace, pod) pairs of one day that have a claim: only their pod rows need remembering (spec:
// "volume nodes").
//
// Written while storage units of the day run (thread-safe), read only after they are done.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <mutex>

#include "aggregate/group_table.h"
#include "base/generation.h"
#include "base/string_pool.h"

namespace costream {

class ClaimedPods {
 public:
  // From so many bytes on every pod counts as claimed. To be called before rows come.
  void SetMost(int64_t bytes) { most_bytes_ = bytes; }
  void Add(std::string_view name_space, std::string_view pod) {
    const std::lock_guard lock(mutex_);
    if (takes_all_) return;
    pairs_.At({texts_.Intern(name_space), texts_.Intern(pod)});
    if (texts_.bytes() + pairs_.bytes() <= most_bytes_) return;
    takes_all_ = true;
    texts_ = StringPool();  // gives its memory back
    pairs_.Clear();
  }
  // Where claims of the day may be told elsewhere: every pod counts as claimed. To be called before rows
  // come.
  void TakeAll() { takes_all_ = true; }
  bool takes_all() const { return takes_all_; }
  bool empty() const { return pairs_.groups().empty() && !takes_all_; }
  const StringPool& texts() const { return texts_; }
  uint64_t generation() const { return generation_; }  // of the ids
  // Ids of texts(); kNull matches nothing.
  bool Contains(StringPool::Id name_space, StringPool::Id pod) const {
    return name_space != StringPool::kNull && pod != StringPool::kNull &&
           pairs_.Find({name_space, pod}) != nullptr;
  }

 private:
  struct Pair {
    std::array<uint32_t, 2> key;
  };
  int64_t most_bytes_ = std::numeric_limits<int64_t>::max();
  bool takes_all_ = false;
  std::mutex mutex_;
  const uint64_t generation_ = NextGeneration();
  StringPool texts_;
  GroupTable<Pair> pairs_;
};

}  // namespace costream
