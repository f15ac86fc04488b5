// Storage groups of a day, joined with the nodes that their pods ran on -> Storage rows (spec: "Storage
// rows").
#pragma once

#include "merge/finalize_day.h"

namespace costream {

// `labels_of` gives the merged node and namespace labels of (node, namespace) as a set.
using BaseLabels = std::function<LabelSet(StringPool::Id node, StringPool::Id name_space)>;

arrow::Status AppendStorageRows(const DayState& state, const FinalizeOptions& options,
                                const BaseLabels& base_labels, RowBuilder* rows, SummaryTotals* totals);

}  // namespace costream
