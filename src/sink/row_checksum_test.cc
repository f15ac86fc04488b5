#include "sink/row_checksum.h"

#include <gtest/gtest.h>

#include <limits>

#include "sink/columns.h"
#include "sink/test_rows.h"

namespace costream {
namespace {

std::string Of(const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches) {
  RowChecksum checksum;
  for (const auto& batch : batches) checksum.Add(*batch);
  return checksum.Text();
}

// Of one row.
std::string OfRow(const std::map<int, double>& measures) { return Of({RowsOf({{{}, measures}})}); }

TEST(RowChecksum, OfOneRowWorkedOutByHand) {
  // 18 nulls are -1 times their places, 1 is added; all that times the first half of the uuid.
  EXPECT_EQ(Of({}), "0");
  EXPECT_EQ(OfRow({{kPodUsageCpuHours, -1}}), OfRow({}));
  const unsigned __int128 sum =
      (static_cast<unsigned __int128>(0) - 170 * static_cast<unsigned __int128>(1'000'000'000'000'000)) *
      0x0011223344558677ULL;
  std::string digits;
  for (unsigned __int128 rest = sum; rest > 0; rest /= 10)
    digits.insert(0, 1, static_cast<char>('0' + static_cast<int>(rest % 10)));
  EXPECT_EQ(OfRow({}), digits);
}

TEST(RowChecksum, SeesEachMeasureAndItsPlace) {
  const std::string none = OfRow({});
  for (int measure = 0; measure < kSummaryMeasures; ++measure) {
    EXPECT_NE(OfRow({{measure, 0}}), none) << measure;
    EXPECT_NE(OfRow({{measure, 0}}), OfRow({{measure, 1e-15}})) << measure;
    EXPECT_NE(OfRow({{measure, 2}, {(measure + 1) % kSummaryMeasures, 3}}),
              OfRow({{measure, 3}, {(measure + 1) % kSummaryMeasures, 2}}));
  }
  for (const double huge : {1e18, 1e300, std::numeric_limits<double>::infinity()}) {
    EXPECT_NE(OfRow({{0, huge}}), OfRow({{0, -huge}}));  // wraps, and what no numeric(33,15) can be
  }
}

TEST(RowChecksum, IsThatOfTheRowsInWhateverOrderBatchesAndType) {
  const TestRow one{{}, {{kPodUsageCpuHours, 0.1}, {kNodeGibMax, 7}}}, two{{}, {{kClaimGib, 1.0 / 3}}};
  const std::string both = Of({RowsOf({one, two})});
  EXPECT_EQ(Of({RowsOf({two, one})}), both);
  EXPECT_EQ(Of({RowsOf({two}), RowsOf({one})}), both);
  EXPECT_EQ(Of({WithDecimalMeasures(*RowsOf({one, two})).ValueOrDie()}), both);
  EXPECT_NE(Of({RowsOf({one})}), both);
  EXPECT_NE(Of({RowsOf({one, two, two})}), both);
}

}  // namespace
}  // namespace costream
