// One node and day of the summary, beside the input rows that it is made of: what explain.h answers, as plain
// data.
#pragma once

#include <arrow/status.h>

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aggregate/pod_usage.h"
#include "job/plan.h"
#include "model/summary.h"

namespace costream {

struct ExplainQuestion {
  Day day = 0;
  std::optional<std::string> node;        // none: the Storage rows without a node
  std::optional<std::string> name_space;  // else all of the node

  bool Asks(const std::optional<std::string_view>& of) const { return !name_space || of == name_space; }
};

// Hours of pods, by SummaryMeasure from kPodUsageCpuHours on; NaN is null.
inline constexpr int kPodHours = kPodLimitGibHours + 1;
using PodHours = std::array<double, kPodHours>;

// GiB and GiB-months of claims, by SummaryMeasure from kClaimGib on; NaN is null.
inline constexpr int kStorageMeasures = kClaimUsageGibMonths + 1 - kClaimGib;
using StorageMeasures = std::array<double, kStorageMeasures>;

// Rows of the input that are added up.
struct InputRows {
  int64_t rows = 0;
  PodSums sums;
  PodHours Hours() const;
};

struct ClaimRows {
  int64_t rows = 0;
  double claim_bytes = kNoValue;  // the greatest
  std::array<ByteSum, 3> sums;    // claim capacity, volume request, claim usage; byte-seconds
  uint8_t seen = 0;               // bit i: sums[i] has a value

  // False where a sum left its range.
  [[nodiscard]] bool Merge(const ClaimRows& other);
  // Request and usage of one of that many nodes.
  StorageMeasures Measures(Day day, int64_t nodes) const;
};

struct ExplainedFile {
  Table table;
  InputRows usage;            // of the node and the namespaces shown
  int64_t capacity_rows = 0;  // of the node
  int64_t anomalous_rows = 0;
  InputRows without_node;               // of the namespaces shown
  int64_t claim_rows = 0;               // of the Storage rows shown
  int64_t claim_rows_without_node = 0;  // of the namespaces shown; not where those are asked for
};

// A key of a row's labels. The value is that of the last that has the key: of Pod rows of node, namespace and
// pod, of Storage rows of node, namespace, volume and claim.
struct ExplainedLabel {
  std::string value, from;
  std::map<std::string, std::string> beaten;  // by who set them
};

// What is particular to a Storage row.
struct ExplainedStorage {
  std::optional<std::string> resource_id, claim, volume, storage_class;
  std::optional<std::string> volume_handle;  // parts rows, is no column of theirs
  StorageMeasures from_input{};
  std::map<std::string, ClaimRows> files;         // input rows by file
  std::set<std::optional<std::string>> pods;      // that the report names
  bool mounted = false;                           // whether a pod row of the day is of one of them
  std::set<std::string> volume_nodes;             // that the volume was mounted on
  int64_t node_count = 1;                         // that request and usage are divided by
  std::optional<std::vector<int>> hours_without;  // rows; of an hourly table
};

struct ExplainedRow {
  RowKind kind = RowKind::kPod;
  std::optional<std::string> name_space;
  std::string labels;  // all_labels, JSON
  std::optional<int64_t> cost_category_id;
  std::array<double, kSummaryMeasures> measures{};
  // Of Pod and Storage rows, the input rows of this group. Of Unallocated rows, the capacity less what pods
  // take.
  int64_t input_rows = 0;
  PodHours from_input{};
  std::map<std::string, ExplainedLabel> label_keys;  // of Pod and Storage rows
  std::optional<ExplainedStorage> storage;           // of Storage rows
  bool equal = false;                                // hours and capacity, or those of the claim
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
  std::vector<ExplainedRow> rows;              // in the order of the output
  int64_t claims_without_row = 0;  // groups of claims that should have a Storage row and have none
  int64_t pod_input_rows = 0;
  PodHours pod_input{}, pod_output{};  // totals of the Pod rows: of the input in one sum, of the output
  std::optional<Granularity> capacity_from;
  std::vector<CapacityInterval> capacity;  // ascending; of a daily table one, of the whole day
  double capacity_core_hours = 0, capacity_gib_hours = 0;
  std::vector<int> hours_without_capacity;  // of an hourly table
  std::vector<LabelSetSeen> node_labels;    // the one that won first, then latest first
  std::map<std::string, std::vector<LabelSetSeen>> namespace_labels;
  std::map<std::string, std::vector<CategoryMatch>> categories;  // by namespace, those that match
  std::set<std::string> disabled_keys;                           // that labels of the rows had
  std::vector<SupersededFile> superseded;
  std::vector<UnreadTable> unread;
  std::vector<std::string> notes, warnings;

  bool AddsUp() const;
  // Internal error where it does not add up: a row is not what its inputs say.
  arrow::Status CheckSums() const;
};

// Equal to the last bit; null is equal to null.
bool Same(double a, double b);

// The hours of sums; null where nothing was added.
PodHours HoursOf(const PodSums& sums);

}  // namespace costream
