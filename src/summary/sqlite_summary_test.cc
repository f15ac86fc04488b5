#include "summary/sqlite_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/test_folder.h"
#include "sink/sqlite.h"
#include "summary/test_summary.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Day kFirst = DayOf(2025, 11, 1);
constexpr int kCpu = int{kFirstMeasure} + kPodUsageCpuHours;

class SqliteSummaryTest : public FolderTest {
 protected:
  // A table made by hand, of these columns and with that row.
  std::string Made(const std::string& columns, const std::string& values) const {
    const auto database = Sqlite::Open(Path("x.db"), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE).ValueOrDie();
    const std::string table = "reporting_ocpusagelineitem_daily_summary";
    EXPECT_TRUE(database->Execute("DROP TABLE IF EXISTS " + table).ok());
    EXPECT_TRUE(database->Execute("CREATE TABLE " + table + " (" + columns + ")").ok());
    EXPECT_TRUE(database->Execute("INSERT INTO " + table + " VALUES (" + values + ")").ok());
    return Path("x.db");
  }

  // Of opening it, listing its days and reading the first.
  static std::string ErrorOf(const std::string& path) {
    const auto opened = OpenSqliteSummary(path);
    arrow::Status status = opened.status();
    if (status.ok()) status = (*opened)->Days().status();
    if (status.ok()) status = (*opened)->Read(kFirst, [](const StoredRow&) { return arrow::Status::OK(); });
    EXPECT_EQ(KindOf(status), ErrorKind::kInput) << status;
    EXPECT_THAT(Message(status), HasSubstr("x.db"));
    return Message(status);
  }
};

TEST_F(SqliteSummaryTest, NumbersMayBeStoredAsAnyTypeThatHoldsThem) {
  for (const char* value : {"2", "2.0", "'2'", "'2.00'"}) {
    const auto path =
        Made("usage_start, node, pod_usage_cpu_core_hours", "'2025-11-01', 'n', " + std::string(value));
    const auto summary = OpenSqliteSummary(path).ValueOrDie();
    EXPECT_THAT(RowsOfDay(summary.get(), kFirst, {kNodeColumn, kCpu}),
                ElementsAre("node=n pod_usage_cpu_core_hours=2"))
        << value;
  }
}

TEST_F(SqliteSummaryTest, ACellThatIsNoNumberIsNotTakenForZero) {
  for (const char* value : {"'x'", "''", "9e999", "x'00ff'"}) {
    EXPECT_THAT(
        ErrorOf(Made("usage_start, pod_usage_cpu_core_hours REAL", "'2025-11-01', " + std::string(value))),
        HasSubstr("column pod_usage_cpu_core_hours"))
        << value;
  }
}

TEST_F(SqliteSummaryTest, WhatIsNoSummaryIsAnInputErrorThatNamesTheFile) {
  EXPECT_THAT(ErrorOf(Write("other/x.db", "no database, but text that is long enough to be taken for one")),
              HasSubstr("not a database"));
  EXPECT_THAT(ErrorOf(Made("node", "'n'")), HasSubstr("has no column usage_start"));
  EXPECT_THAT(ErrorOf(Made("usage_start, node", "NULL, 'n'")), HasSubstr("'' is no date"));
  EXPECT_THAT(ErrorOf(Made("usage_start, node", "'01.11.2025', 'n'")), HasSubstr("'01.11.2025' is no date"));
  const auto database =
      Sqlite::Open(Path("empty.x.db"), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE).ValueOrDie();
  ASSERT_TRUE(database->Execute("CREATE TABLE other (a)").ok());
  EXPECT_THAT(ErrorOf(Path("empty.x.db")), HasSubstr("has no table"));
}

TEST_F(SqliteSummaryTest, ADatabaseThatAnotherHoldsIsATransientError) {
  const auto path = Made("usage_start", "'2025-11-01'");
  const auto other = Sqlite::Open(path, SQLITE_OPEN_READWRITE).ValueOrDie();
  ASSERT_TRUE(other->Execute("BEGIN EXCLUSIVE").ok());
  EXPECT_EQ(KindOf(OpenSqliteSummary(path).status()), ErrorKind::kTransient);
}

}  // namespace
}  // namespace costream
