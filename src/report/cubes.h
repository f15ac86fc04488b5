// A month of one or more clusters, added up for a page: bounded in memory, exact in its totals.
//
// Rows are read once, day by day. What is kept grows with the names that occur (namespaces, nodes, label
// values, claims), up to a limit, not with the rows.
#pragma once

#include <arrow/result.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "report/report_row.h"
#include "report/slice_table.h"
#include "summary/summary_reader.h"

namespace costream {

// The measures of pods come first, by SummaryMeasure; so do those of each slice of pods.
inline constexpr int kSlicedMeasures = kPodLimitGibHours + 1;
// Of nodes and of the cluster, after those: hours.
enum CapacityMeasure : int {
  kCpuUnallocated = kSlicedMeasures,  // capacity - used
  kGibUnallocated,
  kCpuUnallocatedEffective,  // capacity - the greater of used and requested, hour by hour
  kGibUnallocatedEffective,
  kCpuCapacity,
  kGibCapacity,
  kNodeMeasures,
};
// Of claims and storage classes, counted from kClaimGibMonths: GiB-months.
inline constexpr int kVolumeMeasures = kClaimUsageGibMonths - kClaimGibMonths + 1;

inline constexpr int kHourPlaces = 2, kMonthPlaces = 4;

// Of a day, over its nodes that have an Unallocated row.
struct Reconciliation {
  int64_t checked = 0, differing = 0;  // nodes and days; capacity = used + unallocated, or not
  double greatest = 0;                 // difference, in core-hours or GiB-hours
};

// One source's rows of the month.
class ClusterCubes {
 public:
  // `left`: names that all clusters may hold together.
  explicit ClusterCubes(size_t* left);

  // Days ascend; EndDay ends each, `day` being counted from the first.
  arrow::Status Add(const StoredRow& row);
  arrow::Status EndDay(size_t day);

  std::optional<std::string> cluster_id, cluster_alias;
  std::array<int64_t, kRowKinds> rows{};
  SliceTable total, nodes, namespaces;       // of the cluster: one slice
  SliceTable unlabelled;                     // usage of pods without any label, by namespace
  SliceTable storage, classes, claims;       // of the cluster: one slice; claims as "namespace\nclaim"
  std::map<std::string, SliceTable> labels;  // of pods, by key: values
  int64_t label_keys_left_out = 0;           // rows with a key past the limit
  std::map<std::string, std::string> claim_classes;
  Reconciliation reconciliation;
  // By day that rows are of: the hours that its nodes report, at most 24; 0 where not known.
  std::map<size_t, double> hours;

 private:
  struct NodeDay {
    std::array<int128, 2> capacity{};  // cpu, memory
    std::array<DecimalSum, 2> allocated{}, unallocated{};
    bool has_unallocated = false;
    double hours = 0;
  };

  arrow::Status AddPod(const StoredRow& row, const Decimals& decimals);
  arrow::Status AddLabels(const StoredRow& row, const Decimals& decimals);
  arrow::Status AddStorage(const StoredRow& row, const Decimals& decimals);
  void AddCapacity(const StoredRow& row, const Decimals& decimals, NodeDay* node);
  [[nodiscard]] bool Reconcile(const NodeDay& node);  // false where a sum leaves the range

  LabelTexts label_texts_;
  size_t* const left_;
  std::map<std::string, NodeDay, std::less<>> today_;
  std::array<int128, 2> cluster_capacity_{};
};

struct ReportScope {
  std::optional<Month> month;  // else the last that has rows
  std::optional<std::string> source;
  SummaryAccess access = {};
};

// The month's first to last day with rows, and each source's sums.
struct ReportCubes {
  Month month;
  Day first_day = 0, last_day = 0;
  std::vector<Month> months;           // that have rows, of any source, ascending
  std::unique_ptr<size_t> names_left;  // that may still be held
  std::map<std::string, std::unique_ptr<ClusterCubes>, std::less<>> clusters;  // by source
};

// `names`: of the summaries, for errors. Input error where there are no rows; usage error where two summaries
// hold rows of the same source and day.
arrow::Result<ReportCubes> ReadCubes(const std::vector<std::string>& names, const ReportScope& scope);

}  // namespace costream
