// The labels of one day as evidence: which sets nodes and namespaces had, which of them holds, and who set a
// key of a row.
//
// Not thread-safe.
#pragma once

#include <arrow/result.h>

#include <array>
#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "aggregate/day_labels.h"
#include "job/explained_cells.h"
#include "job/explanation.h"
#include "model/labels.h"
#include "model/reference.h"

namespace costream {

class ExplainedLabels {
 public:
  // A cell of labels.
  struct Parsed {
    LabelSet set;                         // of the keys that are enabled
    std::vector<std::string> other_keys;  // those that are not
  };

  explicit ExplainedLabels(const ReferenceData& reference) : filter_(reference.enabled_tag_keys) {}

  // Null is the empty set. Valid as long as this is. Input error, without a file name, where they are no
  // labels.
  arrow::Result<const Parsed*> Parse(const TextCell& text);
  // The object had these labels at that time, says a row of that file.
  void Add(DayLabels::Object kind, std::string_view object, const LabelSet& labels, int64_t time_micros,
           const std::string& file);

  // The set that holds; empty for null and where there is none.
  std::string_view Of(DayLabels::Object kind, const std::optional<std::string>& object) const;
  // All of them, that which holds first, then latest first.
  std::vector<LabelSetSeen> Sets(DayLabels::Object kind, const std::string& object) const;

 private:
  const LabelFilter filter_;
  DayLabels day_labels_;
  std::array<std::map<std::string, std::map<LabelSet, LabelSetSeen>>, 2> seen_;  // by kind and object
  std::unordered_map<std::string, Parsed> parsed_;                               // by cell
};

// A label set with the name of whom it is of.
using LabelLevel = std::pair<const char*, std::string_view>;

// Adds the keys of the sets; where several have a key, the last one wins. Keys that are there stay.
void AddLabelKeys(std::span<const LabelLevel> levels, std::map<std::string, ExplainedLabel>* keys);

}  // namespace costream
