#include "job/explained_labels.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace costream {

arrow::Result<const ExplainedLabels::Parsed*> ExplainedLabels::Parse(const TextCell& text) {
  const auto [entry, added] = parsed_.try_emplace(std::string(text.value_or("")));
  Parsed& parsed = entry->second;
  if (!added) return &parsed;
  ARROW_ASSIGN_OR_RAISE(ParsedLabels labels, ParseLabels(entry->first, filter_));
  parsed.set = std::move(labels.set);
  ARROW_ASSIGN_OR_RAISE(const ParsedLabels all, ParseLabels(entry->first, LabelFilter()));
  const auto keys = nlohmann::json::parse(LabelJson(all.set));
  for (const auto& [key, value] : keys.items()) {
    if (!filter_.Keeps(key)) parsed.other_keys.push_back(key);
  }
  return &parsed;
}

void ExplainedLabels::Add(DayLabels::Object kind, std::string_view object, const LabelSet& labels,
                          int64_t time_micros, const std::string& file) {
  const std::array<std::string_view, 2> texts = {object, labels};
  std::array<StringPool::Id, 2> ids{};
  day_labels_.InternAll(texts, ids.data());
  day_labels_.Add(kind, {ids.data(), 1}, {&time_micros, 1}, {&ids[1], 1});
  LabelSetSeen& seen = seen_[kind][std::string(object)][labels];
  seen.first_micros = seen.rows == 0 ? time_micros : std::min(seen.first_micros, time_micros);
  seen.last_micros = seen.rows == 0 ? time_micros : std::max(seen.last_micros, time_micros);
  ++seen.rows;
  seen.files.insert(file);
}

std::string_view ExplainedLabels::Of(DayLabels::Object kind, const std::optional<std::string>& object) const {
  return object ? day_labels_.Of(kind, *object) : std::string_view();
}

std::vector<LabelSetSeen> ExplainedLabels::Sets(DayLabels::Object kind, const std::string& object) const {
  std::vector<LabelSetSeen> sets;
  const auto found = seen_[kind].find(object);
  if (found == seen_[kind].end()) return sets;
  for (const auto& [labels, seen] : found->second) {
    LabelSetSeen& set = sets.emplace_back(seen);
    set.labels = LabelJson(labels);
    set.won = labels == day_labels_.Of(kind, object);
  }
  std::ranges::stable_sort(sets, [](const LabelSetSeen& a, const LabelSetSeen& b) {
    return std::pair(!a.won, -a.last_micros) < std::pair(!b.won, -b.last_micros);
  });
  return sets;
}

void AddLabelKeys(std::span<const LabelLevel> levels, std::map<std::string, ExplainedLabel>* keys) {
  std::map<std::string, ExplainedLabel> added;
  for (const auto& [from, set] : levels) {
    const auto labels = nlohmann::json::parse(LabelJson(set));
    for (const auto& [name, value] : labels.items()) {
      ExplainedLabel& label = added[name];
      if (!label.from.empty()) label.beaten[label.from] = label.value;
      label.value = value.get<std::string>();
      label.from = from;
    }
  }
  keys->merge(added);
}

}  // namespace costream
