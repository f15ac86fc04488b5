#include "decode/day_scan.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "base/test_folder.h"
#include "decode/csv_reader.h"

namespace costream {
namespace {

using testing::SizeIs;

class DayScanTest : public FolderTest {
 protected:
  arrow::Result<std::map<Day, DayRows>> Scan(bool with_times, const std::function<bool()>& cancelled = {}) {
    std::string text = "interval_start,node,node_labels\n";
    for (const char* time : {"01 00", "01 00", "01 05", "03 23", "09 00"}) {
      text += "2025-11-" + std::string(time) + ":00:00 +0000 UTC,n,\n";
    }
    const auto file = LocalFile(Write("nodes.csv", text));
    return ScanDays(
        [&](const DecodeOptions& options) { return OpenCsv(file, ReportKind::kNodeLabels, options); },
        DayOf(2025, 11, 1), DayOf(2025, 11, 8), with_times, cancelled);
  }
};

TEST_F(DayScanTest, CountsRowsAndTimesOfTheDays) {
  const auto days = Scan(true);
  ASSERT_TRUE(days.ok()) << days.status();
  ASSERT_THAT(*days, SizeIs(2));  // the 9th is not asked for
  EXPECT_EQ(days->at(DayOf(2025, 11, 1)).rows, 3);
  EXPECT_THAT(days->at(DayOf(2025, 11, 1)).times, SizeIs(2));
  EXPECT_EQ(days->at(DayOf(2025, 11, 3)).rows, 1);
  EXPECT_THAT(Scan(false)->at(DayOf(2025, 11, 1)).times, SizeIs(0));
}

TEST_F(DayScanTest, MayBeStopped) {
  EXPECT_EQ(KindOf(Scan(true, [] { return true; }).status()), ErrorKind::kCancelled);
}

}  // namespace
}  // namespace costream
