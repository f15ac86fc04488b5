#include "sink/csv_sink.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/test_folder.h"
#include "sink/test_rows.h"

namespace costream {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class CsvSink : public FolderTest {
 protected:
  // The file that holds the rows.
  std::string Written(const std::vector<TestRow>& rows) {
    const auto sink = MakeCsvSink(Path("out.csv"), {});
    EXPECT_TRUE(sink->Begin({}).ok());
    EXPECT_TRUE(sink->Write(RowsOf(rows)).ok());
    EXPECT_TRUE(sink->Commit({}).ok());
    return Contents(Path("out.csv"));
  }
  // Without the header.
  std::string Body(const std::vector<TestRow>& rows) {
    const std::string text = Written(rows);
    return text.substr(text.find('\n') + 1);
  }
};

TEST_F(CsvSink, TheHeaderNamesTheColumnsOfTheSummary) {
  const std::string text = Written({});
  EXPECT_THAT(text, StartsWith("uuid,data_source,usage_start,usage_end,namespace,node,"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_EQ(std::count(text.begin(), text.end(), ','), SummarySchema()->num_fields() - 1);
}

TEST_F(CsvSink, NullIsAnEmptyFieldAndTheEmptyStringTwoQuotes) {
  EXPECT_THAT(Body({{{{kDataSource, "Pod"}, {kNodeColumn, ""}}}}),
              HasSubstr("\"Pod\",2024-02-29,2024-02-29,,\"\",,,"));
}

TEST_F(CsvSink, TheUuidIsSpelledAsPostgresSpellsIt) {
  const std::string body = Body({{}});
  EXPECT_THAT(body, HasSubstr("00112233-4455-8677-8899-aabbccddeeff"));
}

TEST_F(CsvSink, QuotesCommasAndLineBreaksStayInsideTheirField) {
  EXPECT_THAT(Body({{{{kNamespaceColumn, "a\"b,c\nd\r\n"}, {kNodeColumn, "x"}}}}),
              HasSubstr(",\"a\"\"b,c\nd\r\n\",\"x\","));
}

TEST_F(CsvSink, LabelsAreQuotedJson) {
  EXPECT_THAT(Body({{{{kAllLabelsColumn, R"({"app":"écho"})"}}}}), HasSubstr(R"("{""app"":""écho""}")"));
}

TEST_F(CsvSink, MeasuresAreDecimalsNotExponents) {
  TestRow row;
  row.measures = {{kPodUsageCpuHours, 1e-7},
                  {kPodRequestCpuHours, 1.5e15},
                  {kPodEffectiveCpuHours, 0.0},
                  {kPodLimitCpuHours, -1e-15},
                  {kClaimUsageGibMonths, -0.5}};
  const std::string body = Body({row});
  EXPECT_THAT(
      body,
      HasSubstr(
          ",0.000000100000000,1500000000000000.000000000000000,0.000000000000000,-0.000000000000001,,"));
  EXPECT_TRUE(body.ends_with(",-0.500000000000000\n")) << body;
}

TEST_F(CsvSink, IdsAreWholeNumbersAndDatesIso) {
  TestRow row;
  row.day = DayOf(2025, 1, 1);
  row.category = 9007199254740993;
  EXPECT_THAT(Body({row}),
              testing::AllOf(HasSubstr(",2025-01-01,2025-01-01,"), HasSubstr(",9007199254740993,")));
}

TEST_F(CsvSink, TheSameRowsInOtherBatchesGiveTheSameBytes) {
  const TestRow a{{{kNodeColumn, "a"}}, {{kPodUsageCpuHours, 0.1}}}, b{{{kNodeColumn, "b"}}}, c{};
  const std::string whole = Written({a, b, c});
  const auto sink = MakeCsvSink(Path("pieces.csv"), {});
  ASSERT_TRUE(sink->Begin({}).ok());
  for (const auto& rows : {RowsOf({a}), RowsOf({}), RowsOf({b, c})}) ASSERT_TRUE(sink->Write(rows).ok());
  ASSERT_TRUE(sink->Commit({}).ok());
  EXPECT_EQ(Contents(Path("pieces.csv")), whole);
}

TEST_F(CsvSink, ADashIsStandardOutput) {
  const std::string expected = Written({{{{kNodeColumn, "n1"}}}});
  testing::internal::CaptureStdout();
  const auto sink = MakeCsvSink("-", {});
  const bool done =
      sink->Begin({}).ok() && sink->Write(RowsOf({{{{kNodeColumn, "n1"}}}})).ok() && sink->Commit({}).ok();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), expected);
  EXPECT_TRUE(done);
}

TEST_F(CsvSink, StandardOutputThatCannotBeWrittenIsAnError) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  if (full < 0) GTEST_SKIP() << "no /dev/full";
  const int saved = dup(STDOUT_FILENO);
  dup2(full, STDOUT_FILENO);
  const arrow::Status status = MakeCsvSink("-", {})->Begin({});  // writes the header
  dup2(saved, STDOUT_FILENO);
  close(saved);
  close(full);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(status.message(), HasSubstr("No space left"));
}

}  // namespace
}  // namespace costream
