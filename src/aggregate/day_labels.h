// The label sets of the nodes and namespaces of one day: of each object the latest (spec: "Labels of a day").
//
// Adding is thread-safe. Reading is for when no label report of the day is left to come.
#pragma once

#include <array>
#include <mutex>
#include <span>
#include <string_view>

#include "aggregate/group_table.h"
#include "base/generation.h"
#include "base/string_pool.h"

namespace costream {

class DayLabels {
 public:
  enum Object : int { kNode, kNamespace };

  // Ids of objects and label sets for Add.
  uint64_t generation() const { return generation_; }  // of the ids
  void InternAll(std::span<const std::string_view> texts, StringPool::Id* ids);
  // Row i: the object had that set at that time. Null objects are left out. Of sets of one time a non-empty
  // one wins, then the greater canonical JSON.
  void Add(Object kind, std::span<const uint32_t> objects, std::span<const int64_t> times_micros,
           std::span<const uint32_t> sets);

  // Calls visit(object, time, set) for every object, in texts.
  template <typename Visit>
  void ForEach(Object kind, Visit visit) const {
    for (const Latest& latest : tables_[kind].groups()) {
      visit(texts_.View(latest.key[0]), latest.time_micros, texts_.View(latest.set));
    }
  }

  // The set of an object; empty where it has none.
  std::string_view Of(Object kind, std::string_view object) const;

 private:
  struct Latest {
    std::array<uint32_t, 1> key{};  // the object
    int64_t time_micros = 0;
    StringPool::Id set = StringPool::kNull;
  };

  std::mutex mutex_;
  const uint64_t generation_ = NextGeneration();
  StringPool texts_;
  std::array<GroupTable<Latest>, 2> tables_;
};

}  // namespace costream
