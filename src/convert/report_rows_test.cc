#include "convert/report_rows.h"

#include <gmock/gmock.h>

#include <cmath>

#include "base/error.h"
#include "base/units.h"
#include "convert/test_cells.h"

namespace costream {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kNoon = "2025-11-01 12:00:00 +0000 UTC";

// A pod row with that usage, and cells for more columns.
CellRow Pod(const std::string& usage, const std::vector<std::string>& more = {}) {
  CellRow row = {kNoon, "shop", "n1", "p", usage, "2", "3", "4"};
  row.insert(row.end(), more.begin(), more.end());
  return row;
}

ReportColumns Columns(const std::vector<std::string>& names) {
  return ReportColumnsOf(ReportKind::kPod, names, "pods.csv").ValueOrDie();
}

TEST(ReportColumns, AreTimesMeasuresAndElseText) {
  const ReportColumns columns = Columns(PodColumnsAnd({"interval_end", "node_capacity_cpu_cores", "extra"}));
  const auto schema = columns.Schema();
  EXPECT_TRUE(
      schema->GetFieldByName("interval_start")->type()->Equals(arrow::timestamp(arrow::TimeUnit::MICRO)));
  EXPECT_TRUE(
      schema->GetFieldByName("interval_end")->type()->Equals(arrow::timestamp(arrow::TimeUnit::MICRO)));
  EXPECT_TRUE(schema->GetFieldByName("node_capacity_cpu_cores")->type()->Equals(arrow::float64()));
  EXPECT_TRUE(
      schema->GetFieldByName("extra")->type()->Equals(arrow::dictionary(arrow::int32(), arrow::utf8())));
  EXPECT_THAT(columns.Measures(), ElementsAre("pod_usage_cpu_core_seconds", "pod_request_cpu_core_seconds",
                                              "pod_usage_memory_byte_seconds",
                                              "pod_request_memory_byte_seconds", "node_capacity_cpu_cores"));
}

TEST(ReportColumns, AMissingOrRepeatedColumnIsAnInputErrorThatNamesIt) {
  std::vector<std::string> without = kPodColumns;
  std::erase(without, "node");
  for (const auto& [names, said] :
       {std::pair(without, "required column 'node' of the pod_usage report is missing"),
        {PodColumnsAnd({"pod"}), "column 'pod' occurs more than once"}}) {
    const auto status = ReportColumnsOf(ReportKind::kPod, names, "pods.csv").status();
    EXPECT_EQ(KindOf(status), ErrorKind::kInput);
    EXPECT_THAT(Message(status), AllOf(HasSubstr("pods.csv: "), HasSubstr(said)));
  }
}

TEST(ReadReportRows, ReadsCellsByTheirColumnsType) {
  const std::vector<std::string> names = PodColumnsAnd({"interval_end", "node_capacity_cpu_cores"});
  ReportRows rows;
  const ReportColumns columns = Columns(names);
  ASSERT_FALSE(
      ReadReportRows(columns, Cells(names, {Pod("1.5", {"no time", ""}), Pod("", {kNoon, "8"})}), &rows));
  EXPECT_EQ(rows.rows, 2);
  const int64_t noon = DayOf(2025, 11, 1) * kMicrosPerDay + 12 * kMicrosPerHour;
  EXPECT_THAT(rows.times[columns.interval_start], ElementsAre(noon, noon));
  EXPECT_THAT(rows.times[8], ElementsAre(kNoTime, noon));  // nobody counts by interval_end
  EXPECT_THAT(rows.measures[4], ElementsAre(1.5, 0));
  EXPECT_THAT(rows.measures[9], ElementsAre(0, 8));
  EXPECT_THAT(rows.texts[1], ElementsAre("shop", "shop"));
  EXPECT_THAT(rows.anomalous, ElementsAre(0, 0));
}

TEST(ReadReportRows, AnomaliesAreMarkedWhereTheColumnIsChecked) {
  const std::vector<std::string> names = PodColumnsAnd({"node_capacity_cpu_cores"});
  ReportRows rows;
  ASSERT_FALSE(ReadReportRows(
      Columns(names),
      Cells(names, {Pod("1e18", {"1"}), Pod("1.1e18", {"1"}), Pod("-1.1e18", {"1"}), Pod("inf", {"1"}),
                    Pod("NaN", {"1"}), Pod("1", {"1e19"}), Pod("1", {"inf"})}),
      &rows));
  EXPECT_THAT(rows.anomalous, ElementsAre(0, 1, 1, 1, 1, 0, 0));
  EXPECT_EQ(rows.measures[4][0], 1e18);
  EXPECT_EQ(rows.measures[8][5], 1e19);
  EXPECT_TRUE(std::isnan(rows.measures[8][6]));  // null; the row counts
}

TEST(ReadReportRows, ABadCellIsToldByRowAndColumn) {
  ReportRows rows;
  const ReportColumns columns = Columns(kPodColumns);
  const auto number = ReadReportRows(columns, Cells(kPodColumns, {Pod("1"), Pod("many")}), &rows);
  ASSERT_TRUE(number);
  EXPECT_EQ(number->row, 1);
  EXPECT_THAT(number->what, AllOf(HasSubstr("column 'pod_usage_cpu_core_seconds'"), HasSubstr("many")));
  CellRow late = Pod("1");
  late[0] = "noon";
  const auto time = ReadReportRows(columns, Cells(kPodColumns, {Pod("1"), Pod("1"), late}), &rows);
  ASSERT_TRUE(time);
  EXPECT_EQ(time->row, 2);
  EXPECT_THAT(time->what, HasSubstr("column 'interval_start'"));
}

TEST(ReadReportRows, TextThatIsNoUtf8IsReplacedAndItsRowsCountedOnce) {
  CellRow broken = Pod("1");
  broken[1] = "sh\xff";
  broken[3] = "p\xc3";
  ReportRows rows;
  ASSERT_FALSE(ReadReportRows(Columns(kPodColumns), Cells(kPodColumns, {Pod("1"), broken}), &rows));
  EXPECT_EQ(rows.rows_repaired, 1);
  EXPECT_EQ(rows.texts[1][1], "sh\xEF\xBF\xBD");
  EXPECT_EQ(rows.texts[3][1], "p\xEF\xBF\xBD");
  EXPECT_EQ(rows.texts[1][0], "shop");
}

TEST(DayBuffer, GivesWhatWasAppendedAndIsEmptyAfterwards) {
  const std::vector<std::string> names = PodColumnsAnd({"interval_end", "node_capacity_cpu_cores"});
  const ReportColumns columns = Columns(names);
  ReportRows rows;
  ASSERT_FALSE(ReadReportRows(
      columns, Cells(names, {Pod("1", {"", "2"}), Pod("9", {"", "2"}), Pod("3", {kNoon, "inf"})}), &rows));
  DayBuffer buffer(&columns);
  ASSERT_TRUE(buffer.Append(rows, 2).ok());
  ASSERT_TRUE(buffer.Append(rows, 0).ok());
  EXPECT_EQ(buffer.rows(), 2);
  const auto batch = buffer.Finish().ValueOrDie();
  EXPECT_TRUE(batch->schema()->Equals(*columns.Schema()));
  EXPECT_TRUE(batch->ValidateFull().ok());
  EXPECT_THAT(Texts(*batch, "pod_usage_cpu_core_seconds"), ElementsAre("3", "1"));
  EXPECT_THAT(Texts(*batch, "node_capacity_cpu_cores"), ElementsAre("null", "2"));
  EXPECT_THAT(Texts(*batch, "interval_end"), ElementsAre("2025-11-01 12:00:00.000000", "null"));
  EXPECT_EQ(buffer.rows(), 0);
  EXPECT_EQ(buffer.Finish().ValueOrDie()->num_rows(), 0);
}

}  // namespace
}  // namespace costream
