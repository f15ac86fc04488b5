// One node and day of the summary, beside the input rows that it is made of.
//
// The day is run once, of which the output rows are kept; the day's inputs are then read once more, and what
// they say of the node is added up by file and by output row, in the accumulators that a run uses: equal
// means equal to the last bit.
#pragma once

#include <arrow/result.h>

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aggregate/pod_usage.h"
#include "job/options.h"
#include "job/plan.h"

namespace costream {

struct ExplainQuestion {
  Day day = 0;
  std::string node;
  std::optional<std::string> name_space;  // else all of the node
};

// Hours of pods, by SummaryMeasure from kPodUsageCpuHours on; NaN is null.
inline constexpr int kPodHours = kPodLimitGibHours + 1;
using PodHours = std::array<double, kPodHours>;

// Rows of the input that are added up.
struct InputRows {
  int64_t rows = 0;
  PodSums sums;
  PodHours Hours() const;
};

struct ExplainedFile {
  Table table;
  InputRows usage;            // of the node and the namespaces shown
  int64_t capacity_rows = 0;  // of the node
  int64_t anomalous_rows = 0;
  InputRows without_node;  // of the namespaces shown
};

// A key of a row's labels. The value is that of the last that has the key, of node, namespace and pod.
struct ExplainedLabel {
  std::string value, from;
  std::map<std::string, std::string> beaten;  // by who set them
};

struct ExplainedRow {
  RowKind kind = RowKind::kPod;
  std::optional<std::string> name_space;
  std::string labels;  // all_labels, JSON
  std::optional<int64_t> cost_category_id;
  std::array<double, kSummaryMeasures> measures{};
  // Of Pod rows, the input rows of this group. Of Unallocated rows, the capacity less what pods take.
  int64_t input_rows = 0;
  PodHours from_input{};
  std::map<std::string, ExplainedLabel> label_keys;  // of Pod rows
  bool equal = false;                                // hours and capacity
};

struct CapacityInterval {
  int64_t time_micros = 0;
  double core_seconds = 0, byte_seconds = 0;  // the greatest of the interval; NaN where none is told
};

// A label set that a node or namespace had on the day. The latest one holds, the others lost.
struct LabelSetSeen {
  std::string labels;  // JSON, of the keys that are enabled
  int64_t first_micros = 0, last_micros = 0, rows = 0;
  std::set<std::string> files;
  bool won = false;
};

// A cost category whose pattern matches. The greatest id wins.
struct CategoryMatch {
  std::string pattern;
  int64_t id = 0;
  bool won = false;
};

struct Explanation {
  std::string source;
  std::map<std::string, ExplainedFile> files;  // by name, those that have rows of the node, or lost some
  std::vector<ExplainedRow> rows;              // Pod and Unallocated, in the order of the output
  int64_t storage_rows = 0;                    // of the node; they are not explained
  int64_t pod_input_rows = 0;
  PodHours pod_input{}, pod_output{};  // totals of the Pod rows: of the input in one sum, of the output
  std::optional<Granularity> capacity_from;
  std::vector<CapacityInterval> capacity;  // ascending; of a daily table one, of the whole day
  double capacity_core_hours = 0, capacity_gib_hours = 0;
  std::vector<int> hours_without_capacity;  // of an hourly table
  std::vector<LabelSetSeen> node_labels;    // the one that won first, then latest first
  std::map<std::string, std::vector<LabelSetSeen>> namespace_labels;
  std::map<std::string, std::vector<CategoryMatch>> categories;  // by namespace, those that match
  std::set<std::string> disabled_keys;                           // that the node's labels had
  std::vector<SupersededFile> superseded;
  std::vector<UnreadTable> unread;
  std::vector<std::string> notes, warnings;

  bool AddsUp() const;
};

// Usage error where the day has nothing of that node or namespace; it names some that are there.
arrow::Result<Explanation> Explain(const RunOptions& options, const ExplainQuestion& question);

}  // namespace costream
