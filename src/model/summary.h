// The rows of one run: reporting_ocpusagelineitem_daily_summary (docs/output.md).
#pragma once

#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/date.h"

namespace costream {

enum class RowKind : uint8_t { kPod, kStorage, kUnallocated };
inline constexpr int kRowKinds = 3;

struct RowKindSet {
  bool pod = true, storage = true, unallocated = true;
};

// What stands in every row of a run.
struct RunIdentity {
  std::string source;
  std::optional<int64_t> report_period_id;
  std::optional<std::string> cluster_id, cluster_alias;
};

// Which rows a run stands for: those of its source and kinds, of all days from first to last.
struct RunScope {
  RunIdentity identity;
  Day first_day = 0, last_day = 0;
  RowKindSet kinds;
};

inline constexpr std::string_view kInfrastructureUsageCost =
    R"({"cpu": 0.000000000, "memory": 0.000000000, "storage": 0.000000000})";

// Positions of the columns in the schema.
enum SummaryColumn : int {
  kUuid,
  kDataSource,
  kUsageStart,
  kUsageEnd,
  kNamespaceColumn,
  kNodeColumn,
  kResourceIdColumn,
  kClaimColumn,
  kVolumeColumn,
  kStorageClassColumn,
  kPodLabelsColumn,
  kVolumeLabelsColumn,
  kAllLabelsColumn,
  kCostCategoryId,
  kInfrastructureUsageCostColumn,
  kReportPeriodId,
  kClusterId,
  kClusterAlias,
  kSourceUuid,
  kFirstMeasure,
};
inline constexpr int kSummaryMeasures = 18;

// Measure columns, counted from kFirstMeasure.
enum SummaryMeasure : int {
  kPodUsageCpuHours,
  kPodRequestCpuHours,
  kPodEffectiveCpuHours,
  kPodLimitCpuHours,
  kPodUsageGibHours,
  kPodRequestGibHours,
  kPodEffectiveGibHours,
  kPodLimitGibHours,
  kNodeCoresMax,
  kNodeCpuHours,
  kNodeGibMax,
  kNodeGibHours,
  kClusterCpuHours,
  kClusterGibHours,
  kClaimGib,
  kClaimGibMonths,
  kVolumeRequestGibMonths,
  kClaimUsageGibMonths,
};

// uuid: 16 bytes; dates: date32; ids: int64; text and labels (JSON): utf8; measures: double.
const std::shared_ptr<arrow::Schema>& SummarySchema();

// The same with the texts, labels apart, as dictionary(int32, utf8): what goes to sinks.
const std::shared_ptr<arrow::Schema>& SummaryBatchSchema();

// Of a measure where decimals are written: numeric(33,15).
std::shared_ptr<arrow::DataType> DecimalMeasureType();

}  // namespace costream
