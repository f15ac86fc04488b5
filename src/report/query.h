// Sums of a summary's measures by whatever is asked for: SELECT ..., sum(...) GROUP BY ..., without SQL.
#pragma once

#include <arrow/result.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "report/dimension.h"

namespace costream {

struct SummaryQuery {
  std::vector<Dimension> group_by;
  RowFilter filter;
  std::optional<Day> first_day, last_day;
};

// Those that may be added up over rows and days: usage, requests and limits in hours, storage in GiB-months.
inline constexpr std::array kSummable = {kPodUsageCpuHours,       kPodRequestCpuHours, kPodEffectiveCpuHours,
                                         kPodLimitCpuHours,       kPodUsageGibHours,   kPodRequestGibHours,
                                         kPodEffectiveGibHours,   kPodLimitGibHours,   kClaimGibMonths,
                                         kVolumeRequestGibMonths, kClaimUsageGibMonths};

struct QueryGroup {
  int64_t rows = 0;
  std::array<DecimalSum, kSummable.size()> sums;
  std::array<bool, kSummable.size()> there{};  // else null
};
// By the values of the dimensions, null first.
using QueryGroups = std::map<std::vector<std::optional<std::string>>, QueryGroup>;

// The most groups of an answer.
inline constexpr size_t kMostGroups = 10000;

// Usage error for more groups.
arrow::Result<QueryGroups> RunQuery(SummaryReader* summary, const SummaryQuery& query);

std::string QueryJson(const SummaryQuery& query, const QueryGroups& groups);
std::string QueryCsv(const SummaryQuery& query, const QueryGroups& groups);

}  // namespace costream
