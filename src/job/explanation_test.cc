#include "job/explanation.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"
#include "base/units.h"

namespace costream {
namespace {

Explanation Good() {
  Explanation explanation;
  explanation.pod_input.fill(1);
  explanation.pod_output.fill(1 + 1e-12);
  ExplainedRow& row = explanation.rows.emplace_back();
  row.equal = true;
  return explanation;
}

TEST(Explanation, WhatDoesNotAddUpIsAnInternalError) {
  EXPECT_TRUE(Good().CheckSums().ok());
  const std::vector<std::function<void(Explanation*)>> faults = {
      [](Explanation* it) { it->rows[0].equal = false; },
      [](Explanation* it) { it->pod_output[kPodUsageCpuHours] = 1.1; },
      [](Explanation* it) { it->pod_output[kPodLimitGibHours] = kNoValue; },
      [](Explanation* it) { it->claims_without_row = 1; },
  };
  for (size_t i = 0; i < faults.size(); ++i) {
    Explanation explanation = Good();
    faults[i](&explanation);
    EXPECT_FALSE(explanation.AddsUp()) << i;
    EXPECT_EQ(ExitCode(explanation.CheckSums()), 1) << i;
  }
}

TEST(Explanation, NullIsEqualToNullOnly) {
  EXPECT_TRUE(Same(kNoValue, kNoValue));
  EXPECT_FALSE(Same(kNoValue, 0));
  EXPECT_FALSE(Same(1, 1 + 1e-15));
}

TEST(Explanation, ASumWithoutValuesIsNull) {
  PodSums sums;
  ASSERT_TRUE(sums.cpu[kEffective].Add(7200));
  sums.seen = 1 << kEffective;
  const PodHours hours = HoursOf(sums);
  EXPECT_EQ(hours[kPodEffectiveCpuHours], 2);
  EXPECT_TRUE(IsNull(hours[kPodUsageCpuHours]));
  EXPECT_TRUE(IsNull(hours[kPodEffectiveGibHours]));
}

TEST(ClaimRows, NodesShareRequestAndUsageNotCapacity) {
  constexpr double kGiBMonth = 30 * kSecondsPerDay * kBytesPerGiB;
  ClaimRows rows, more;
  rows.rows = more.rows = 1;
  rows.claim_bytes = kBytesPerGiB;
  more.claim_bytes = 3 * kBytesPerGiB;
  for (size_t i = 0; i < 3; ++i) ASSERT_TRUE(rows.sums[i].Add(kGiBMonth) && more.sums[i].Add(kGiBMonth));
  rows.seen = 7;
  more.seen = 3;
  ASSERT_TRUE(rows.Merge(more));
  EXPECT_EQ(rows.rows, 2);
  EXPECT_EQ(rows.Measures(DayOf(2025, 11, 1), 4), (StorageMeasures{3, 2, 0.5, 0.5}));
  EXPECT_TRUE(IsNull(more.Measures(DayOf(2025, 11, 1), 4)[3]));
}

}  // namespace
}  // namespace costream
