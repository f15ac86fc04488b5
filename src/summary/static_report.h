// Totals that a nise static report (the YAML that test data is generated from) fixes, and how those of a
// run's rows compare with them. docs/validating.md tells which totals a report fixes and which it leaves
// open.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/date.h"
#include "model/summary.h"

namespace costream {

// CPU in core-hours, memory in GiB-hours, volumes in GiB-months.
inline constexpr std::array kTotalMeasures = {
    kPodUsageCpuHours, kPodRequestCpuHours, kPodLimitCpuHours,       kPodUsageGibHours,   kPodRequestGibHours,
    kPodLimitGibHours, kClaimGibMonths,     kVolumeRequestGibMonths, kClaimUsageGibMonths};

// A namespace or a node.
struct TotalOf {
  bool node = false;
  std::string name;
  auto operator<=>(const TotalOf&) const = default;
};

// By position in kTotalMeasures.
struct FixedTotal {
  std::array<double, kTotalMeasures.size()> values{};
  std::array<bool, kTotalMeasures.size()> open{};  // not fixed: some of it is drawn at random
};
using FixedTotals = std::map<TotalOf, FixedTotal>;

// The days of a run, and the end of the last hour of its input in microseconds since 1970-01-01: where a
// report names no beginning or end of its own.
struct ReportPeriod {
  Day first_day = 0, last_day = 0;
  int64_t input_end = 0;
};

// By the end of the name: x.yml, x.yaml.
bool IsStaticReport(const std::string& name);

// Input error for a file that cannot be read; usage error for a date that depends on the day nise ran.
arrow::Result<FixedTotals> ReadStaticReport(const std::string& path, const ReportPeriod& period);

// Sums of Pod and Storage rows.
class SummedRows {
 public:
  // A batch of SummaryBatchSchema().
  void Add(const arrow::RecordBatch& batch);
  double Of(const TotalOf& of, size_t measure) const;

 private:
  std::map<TotalOf, std::array<double, kTotalMeasures.size()>> sums_;
};

struct CheckedTotal {
  TotalOf of;
  size_t measure = 0;  // position in kTotalMeasures
  double expected = 0, actual = 0;

  double percent() const;  // by which it differs
  bool equal() const;      // within 1e-4 relative
};

// The fixed totals of those kinds of rows. An anomaly error with the table and the first totals that differ
// where any does; usage error where nothing is fixed.
arrow::Result<std::vector<CheckedTotal>> CheckTotals(const std::string& name, const FixedTotals& fixed,
                                                     const SummedRows& sums, const RowKindSet& kinds);

// A line for each measure: the sum over namespaces, and the greatest difference of any total in %.
std::string CheckedTable(const std::vector<CheckedTotal>& checked);

}  // namespace costream
