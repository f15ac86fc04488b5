#include "convert/daily_rows.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "convert/test_cells.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

// Of pod `pod`, with that usage and request of CPU.
CellRow Pod(const std::string& pod, int hour, const std::string& usage, const std::string& request,
            const std::vector<std::string>& more = {}) {
  CellRow row = {
      fmt::format("2025-11-01 {:02}:00:00 +0000 UTC", hour), "shop", "n1", pod, usage, request, "1", "0"};
  row.insert(row.end(), more.begin(), more.end());
  return row;
}

std::shared_ptr<arrow::RecordBatch> Daily(ReportKind kind, const std::vector<std::string>& names,
                                          const std::vector<CellRow>& rows) {
  const auto hourly = HourlyRows(kind, names, rows);
  const auto daily = DailyRows(kind, *hourly).ValueOrDie();
  EXPECT_TRUE(daily->ValidateFull().ok());
  EXPECT_TRUE(daily->schema()->Equals(*DailySchema(kind, *hourly->schema())));
  return daily;
}

TEST(DailyRows, SecondsAddUpAndAllElseTakesTheGreatest) {
  const auto daily = Daily(ReportKind::kPod, PodColumnsAnd({"node_capacity_cpu_cores", "extra"}),
                           {Pod("p", 7, "1", "5", {"4", "x9"}), Pod("p", 3, "10", "5", {"8", "x10"}),
                            Pod("q", 3, "100", "5", {"2", "x1"})});
  EXPECT_THAT(Texts(*daily, "pod"), ElementsAre("p", "q"));
  EXPECT_THAT(Texts(*daily, "pod_usage_cpu_core_seconds"), ElementsAre("11", "100"));
  EXPECT_THAT(Texts(*daily, "node_capacity_cpu_cores"), ElementsAre("8", "2"));
  EXPECT_THAT(Texts(*daily, "extra"), ElementsAre("x9", "x1"));  // as text
  EXPECT_THAT(Texts(*daily, "interval_start"),
              ElementsAre("2025-11-01 00:00:00.000000", "2025-11-01 00:00:00.000000"));
}

TEST(DailyRows, EffectiveUsageIsTheGreaterOfUsageAndRequestHourByHour) {
  const auto daily = Daily(ReportKind::kPod, kPodColumns, {Pod("p", 0, "1", "5"), Pod("p", 1, "10", "5")});
  EXPECT_THAT(Texts(*daily, "pod_effective_usage_cpu_core_seconds"), ElementsAre("15"));
  EXPECT_THAT(Texts(*daily, "pod_effective_usage_memory_byte_seconds"), ElementsAre("2"));
}

TEST(DailyRows, EffectiveUsageThatIsThereStays) {
  const auto daily = Daily(ReportKind::kPod, PodColumnsAnd({"pod_effective_usage_cpu_core_seconds"}),
                           {Pod("p", 0, "1", "5", {"7"}), Pod("p", 1, "1", "5", {"inf"})});
  EXPECT_THAT(Texts(*daily, "pod_effective_usage_cpu_core_seconds"), ElementsAre("12"));  // infinite: none
}

TEST(DailyRows, RowsOfOtherNodesNamespacesOrLabelsStayApart) {
  CellRow row = Pod("p", 0, "1", "1", {"a:1"}), node = row, name_space = row, labels = row, later = row;
  node[2] = "n2";
  name_space[1] = "other";
  labels.back() = "a:2";
  later[0] = "2025-11-01 05:00:00 +0000 UTC";
  const auto daily =
      Daily(ReportKind::kPod, PodColumnsAnd({"pod_labels"}), {row, node, name_space, labels, later});
  EXPECT_THAT(Texts(*daily, "pod_usage_cpu_core_seconds"), ElementsAre("2", "1", "1", "1"));
}

TEST(DailyRows, LabelsAreGroupedByTheirObjectAndText) {
  const std::vector<std::string> names = {"interval_start", "node", "node_labels"};
  const auto daily = Daily(ReportKind::kNodeLabels, names,
                           {{"2025-11-01 01:00:00 +0000 UTC", "n", "a:1"},
                            {"2025-11-01 02:00:00 +0000 UTC", "n", "a:1"},
                            {"2025-11-01 03:00:00 +0000 UTC", "n", "a:2"}});
  EXPECT_THAT(Texts(*daily, "node_labels"), UnorderedElementsAre("a:1", "a:2"));
  EXPECT_EQ(daily->num_columns(), 3);  // no effective usage
}

TEST(DailyRows, OfNoRowsAreNone) { EXPECT_EQ(Daily(ReportKind::kPod, kPodColumns, {})->num_rows(), 0); }

}  // namespace
}  // namespace costream
