#include "job/preview.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "job/test_report_files.h"

namespace costream {
namespace {

using testing::ElementsAre;

constexpr const char* kFlat = "1/OCP/source=s/year=2025/month=11/day=01";

class PreviewTest : public ReportFiles {
 protected:
  RunOptions Options(const std::string& input) {
    RunOptions options;
    options.inputs = {input};
    options.source = "s";
    options.month = Month{2025, 11};
    options.target = Path("out.parquet");
    return options;
  }
};

TEST_F(PreviewTest, TellsWhatIsRead) {
  const std::string tree =
      WritePods(kFlat, Granularity::kHourly, {At(11, 1, 0), At(11, 1, 1), At(11, 2, 0)}, 3600, 2);
  const auto preview = PreviewRun(Options(tree));
  ASSERT_TRUE(preview.ok()) << preview.status();
  ASSERT_EQ(preview->tables.size(), 1);
  const TableRead& pods = preview->tables[0];
  EXPECT_EQ(pods.files, 1);
  EXPECT_EQ(pods.row_groups, 2);
  EXPECT_EQ(pods.rows, 3);
  EXPECT_GT(pods.bytes, 0);
  EXPECT_LT(pods.bytes,
            static_cast<int64_t>(
                Read(std::string("data/") + kFlat + "/openshift_pod_usage_line_items/x.parquet").size()));
  ASSERT_EQ(preview->days.size(), 2);
  EXPECT_EQ(preview->days[0].last, DayOf(2025, 11, 2));
  EXPECT_EQ(preview->days[0].from[kServedUsage], Granularity::kHourly);
  EXPECT_EQ(preview->days[1].from[kServedUsage], std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(Path("out.parquet")));
}

// The folders above the one that is named count as well.
TEST_F(PreviewTest, TellsTheLayoutFromTheWholePath) {
  const std::string tree = WritePods(kFlat, Granularity::kHourly, {At(11, 1, 0)});
  EXPECT_THAT(PreviewRun(Options(tree))->layouts, ElementsAre("flat"));
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(tree + "/" + kFlat + "/openshift_pod_usage_line_items");
  const auto preview = PreviewRun(Options("x.parquet"));
  std::filesystem::current_path(before);
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_THAT(preview->layouts, ElementsAre("flat"));
}

}  // namespace
}  // namespace costream
