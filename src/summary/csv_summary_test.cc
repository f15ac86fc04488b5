#include "summary/csv_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/test_folder.h"
#include "summary/test_summary.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Day kFirst = DayOf(2025, 11, 1);

class CsvSummaryTest : public FolderTest {
 protected:
  std::vector<std::string> Rows(const std::string& text, Day day = kFirst) const {
    const auto summary = OpenCsvSummary(LocalFile(Write("x.csv", text))).ValueOrDie();
    return RowsOfDay(summary.get(), day, {kNodeColumn, kCostCategoryId, kFirstMeasure});
  }
  // Of opening it and reading the first day.
  std::string ErrorOf(const std::string& text) const {
    auto summary = OpenCsvSummary(LocalFile(Write("x.csv", text)));
    const auto status = summary.ok()
                            ? (*summary)->Read(kFirst, [](const StoredRow&) { return arrow::Status::OK(); })
                            : summary.status();
    EXPECT_EQ(KindOf(status), ErrorKind::kInput) << text;
    return Message(status);
  }
};

TEST_F(CsvSummaryTest, AnEmptyFieldIsNullAndAQuotedOneIsEmpty) {
  EXPECT_THAT(Rows("usage_start,node,pod_usage_cpu_core_hours\n2025-11-01,,\n2025-11-01,\"\",1.50\n"),
              ElementsAre("", "node= pod_usage_cpu_core_hours=1.5"));
}

TEST_F(CsvSummaryTest, WhereBackslashNIsNullAnEmptyTextIsEmpty) {
  EXPECT_THAT(Rows("usage_start,node,cost_category_id,pod_usage_cpu_core_hours\n2025-11-01,,,\n2025-11-01,"
                   "\\N,7,\\N\n"),
              ElementsAre("node=", "cost_category_id=7"));
}

TEST_F(CsvSummaryTest, DaysMayComeInAnyOrderAndOtherColumnsToo) {
  const std::string text =
      "else,node,usage_start\r\nx,a,2025-11-01\r\nx,b,2025-11-02\r\nx,c,2025-11-01 00:00:00\r\n";
  EXPECT_THAT(Rows(text), ElementsAre("node=a", "node=c"));
  EXPECT_THAT(Rows(text, kFirst + 1), ElementsAre("node=b"));
}

TEST_F(CsvSummaryTest, QuotedFieldsMayHoldAnything) {
  EXPECT_THAT(Rows("usage_start,node\n2025-11-01,\"a,\"\"b\"\"\nc\"\"\"\n2025-11-01,\"last\""),
              ElementsAre("node=a,\"b\"\nc\"", "node=last"));
}

TEST_F(CsvSummaryTest, ErrorsNameTheLine) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("empty"));
  EXPECT_THAT(ErrorOf("node\na\n"), HasSubstr("usage_start"));
  EXPECT_THAT(ErrorOf("usage_start,node,node\n"), HasSubstr("column node is there twice"));
  EXPECT_THAT(ErrorOf("usage_start,node\n2025-11-01,\"a\nb\"\n2025-11-01\n"),
              HasSubstr("line 4: 1 fields, 2 in"));
  EXPECT_THAT(ErrorOf("usage_start,node\n2025-11-01,\"a\n"), HasSubstr("line 2: a quote is not closed"));
  EXPECT_THAT(ErrorOf("usage_start,node\n2025-11-01,\"a\"b\n"), HasSubstr("line 2: text follows"));
  EXPECT_THAT(ErrorOf("usage_start,node\n01.11.2025,a\n"),
              HasSubstr("line 2: column usage_start: '01.11.2025'"));
  for (const char* number : {"x", "NaN", "1e999", "\"\""}) {
    EXPECT_THAT(ErrorOf(std::string("usage_start,pod_usage_cpu_core_hours\n2025-11-01,") + number + "\n"),
                HasSubstr("line 2: column pod_usage_cpu_core_hours"));
  }
}

}  // namespace
}  // namespace costream
