#include "job/explanation.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/units.h"
#include "merge/hours.h"

namespace costream {
namespace {

// The summary's order of the four measures.
constexpr std::array<int, kPodMeasures> kOrder = {kUsage, kRequest, kEffective, kLimit};

bool Near(double a, double b) {
  return Same(a, b) || std::fabs(a - b) <= std::max(1e-9 * std::max(std::fabs(a), std::fabs(b)), 1e-12);
}

}  // namespace

bool Same(double a, double b) { return a == b || (IsNull(a) && IsNull(b)); }

PodHours HoursOf(const PodSums& sums) {
  PodHours hours;
  hours.fill(kNoValue);
  for (int i = 0; i < kPodMeasures; ++i) {
    if (sums.seen & (1 << kOrder[i])) hours[kPodUsageCpuHours + i] = CpuHours(sums.cpu[kOrder[i]]);
    if (sums.seen & (16 << kOrder[i])) hours[kPodUsageGibHours + i] = GibHours(sums.memory[kOrder[i]]);
  }
  return hours;
}

PodHours InputRows::Hours() const { return HoursOf(sums); }

bool ClaimRows::Merge(const ClaimRows& other) {
  bool in_range = true;
  rows += other.rows;
  claim_bytes = MaxValue(claim_bytes, other.claim_bytes);
  for (size_t i = 0; i < sums.size(); ++i) in_range &= sums[i].Add(other.sums[i]);
  seen |= other.seen;
  return in_range;
}

StorageMeasures ClaimRows::Measures(Day day, int64_t nodes) const {
  const double month_seconds = kSecondsPerDay * DaysIn(MonthOf(day));
  const auto gib_months = [&](int sum) {
    return seen & (1 << sum) ? sums[sum].ToDouble() / month_seconds / kBytesPerGiB : kNoValue;
  };
  const auto share = static_cast<double>(nodes);
  return {claim_bytes / kBytesPerGiB, gib_months(0), gib_months(1) / share, gib_months(2) / share};
}

bool Explanation::AddsUp() const {
  return claims_without_row == 0 && std::ranges::all_of(rows, &ExplainedRow::equal) &&
         std::ranges::equal(pod_input, pod_output, Near);
}

arrow::Status Explanation::CheckSums() const {
  if (AddsUp()) return arrow::Status::OK();
  return MakeError(ErrorKind::kInternal, "the sums of the inputs are not those of the rows");
}

}  // namespace costream
