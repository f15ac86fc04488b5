#include "aggregate/day_labels.h"

#include "model/labels.h"

namespace costream {
namespace {

bool Beats(std::string_view a, std::string_view b) {
  if (a.empty() != b.empty()) return b.empty();
  return LabelJson(a) > LabelJson(b);
}

}  // namespace

void DayLabels::InternAll(std::span<const std::string_view> texts, StringPool::Id* ids) {
  const std::lock_guard lock(mutex_);
  texts_.InternAll(texts, ids);
}

void DayLabels::Add(Object kind, std::span<const uint32_t> objects, std::span<const int64_t> times_micros,
                    std::span<const uint32_t> sets) {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < objects.size(); ++i) {
    if (objects[i] == StringPool::kNull) continue;
    Latest& latest = tables_[kind].At({objects[i]});
    const bool first = latest.set == StringPool::kNull;
    if (!first && (times_micros[i] < latest.time_micros ||
                   (times_micros[i] == latest.time_micros &&
                    (sets[i] == latest.set || !Beats(texts_.View(sets[i]), texts_.View(latest.set)))))) {
      continue;
    }
    latest.time_micros = times_micros[i];
    latest.set = sets[i];
  }
}

std::string_view DayLabels::Of(Object kind, std::string_view object) const {
  const StringPool::Id id = texts_.Find(object);
  const Latest* latest = id == StringPool::kNull ? nullptr : tables_[kind].Find({id});
  return latest ? texts_.View(latest->set) : std::string_view();
}

}  // namespace costream
