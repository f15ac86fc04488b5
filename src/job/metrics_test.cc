#include "job/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace costream {
namespace {

using testing::HasSubstr;
using testing::Not;

RunResult ResultWith(int64_t rows_read) {
  RunResult result;
  result.counts.rows_read = rows_read;
  result.counts.rows_anomalous = 2;
  result.superseded = {{"a", 3}, {"b", 4}};
  result.seconds.aggregate = 1.5;
  return result;
}

TEST(Metrics, ARunThatSucceedsTellsItsNumbers) {
  const RunResult result = ResultWith(7);
  const std::string text = MetricsText({"one", "east", 0, 1000, &result}, "");
  EXPECT_THAT(text, HasSubstr("# HELP costream_rows_read Rows read from the input.\n"
                              "# TYPE costream_rows_read gauge\n"
                              "costream_rows_read{source=\"one\",cluster=\"east\"} 7\n"));
  EXPECT_THAT(text,
              HasSubstr("costream_rows_dropped{source=\"one\",cluster=\"east\",reason=\"anomalous\"} 2\n"));
  EXPECT_THAT(text,
              HasSubstr("costream_rows_dropped{source=\"one\",cluster=\"east\",reason=\"superseded\"} 7\n"));
  EXPECT_THAT(text,
              HasSubstr("costream_phase_seconds{source=\"one\",cluster=\"east\",phase=\"aggregate\"} 1.5\n"));
}

TEST(Metrics, ARunThatFailsKeepsTheNumbersOfTheLastSuccess) {
  const RunResult result = ResultWith(7);
  const std::string before = MetricsText({"one", "east", 0, 1000, &result}, "");
  const std::string text = MetricsText({"one", "east", 75, 2000}, before);
  EXPECT_THAT(text, HasSubstr("costream_last_exit_code{source=\"one\",cluster=\"east\"} 75\n"));
  EXPECT_THAT(text, HasSubstr("costream_last_run_timestamp_seconds{source=\"one\",cluster=\"east\"} 2000\n"));
  EXPECT_THAT(text,
              HasSubstr("costream_last_success_timestamp_seconds{source=\"one\",cluster=\"east\"} 1000\n"));
  EXPECT_THAT(text, HasSubstr("costream_rows_read{source=\"one\",cluster=\"east\"} 7\n"));
  EXPECT_THAT(text, Not(HasSubstr("costream_last_exit_code{source=\"one\",cluster=\"east\"} 0\n")));
}

TEST(Metrics, OtherSourcesStay) {
  const RunResult seven = ResultWith(7), eight = ResultWith(8), nine = ResultWith(9);
  std::string text = MetricsText({"one", "east", 0, 1000, &seven}, "");
  text = MetricsText({"one more", "west", 0, 1001, &eight}, text);
  text = MetricsText({"one", "east", 0, 1002, &nine}, text);
  EXPECT_THAT(text, HasSubstr("costream_rows_read{source=\"one more\",cluster=\"west\"} 8\n"
                              "costream_rows_read{source=\"one\",cluster=\"east\"} 9\n"));
  EXPECT_THAT(text, Not(HasSubstr(" 7\ncostream_rows_read")));
}

TEST(Metrics, AFailureWithoutASourceGoesWithTheNextRun) {
  const RunResult result = ResultWith(7);
  const std::string failed = MetricsText({"", "", 3, 1000}, "");
  EXPECT_THAT(failed, HasSubstr("costream_last_exit_code{source=\"\",cluster=\"\"} 3\n"));
  EXPECT_THAT(MetricsText({"one", "", 0, 1001, &result}, failed), Not(HasSubstr("source=\"\"")));
}

TEST(Metrics, LabelsAreEscaped) {
  EXPECT_THAT(MetricsText({"one", "a\"b\\c\nd", 2, 1000}, ""), HasSubstr(R"(cluster="a\"b\\c\nd"})"));
}

TEST(Metrics, AFileThatCannotBeReadIsAUsageError) {
  const arrow::Status status = WriteMetrics({.file = "/", .push_url = {}}, {"one", "", 0, 1000});
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_EQ(Message(status), "--metrics-file /: cannot be read: Is a directory");
}

}  // namespace
}  // namespace costream
