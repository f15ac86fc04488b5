#include "sink/sqlite_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/error.h"
#include "base/test_folder.h"
#include "sink/sqlite.h"
#include "sink/table_name.h"
#include "sink/test_rows.h"

namespace costream {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const Day kDay = DayOf(2024, 2, 29);

// What replaces what is tested with the command, for all targets that replace (tests/sinks).
class SqliteSinkTest : public FolderTest {
 protected:
  static RunScope ScopeOf(const std::string& source) {
    RunScope scope;
    scope.identity.source = source;
    scope.first_day = scope.last_day = kDay;
    return scope;
  }
  std::unique_ptr<Sink> Made(const SinkOptions& options = {}) const {
    return MakeSqliteSink(Path("x.db"), "x.db", options);
  }
  static TestRow RowOf(const std::string& source) {
    TestRow row;
    row.texts[kSourceUuid] = source;
    row.texts[kDataSource] = "Storage";
    return row;
  }
  int64_t Rows() const {
    const auto database = Sqlite::Open(Path("x.db"), SQLITE_OPEN_READONLY).ValueOrDie();
    auto count = database->Prepare(fmt::format("SELECT count(*) FROM {}", kSummaryTable)).ValueOrDie();
    EXPECT_TRUE(count.Step().ValueOrDie());
    return count.Integer(0);
  }
};

TEST_F(SqliteSinkTest, DestructionWithoutCommitLeavesNothing) {
  auto sink = Made();
  ASSERT_TRUE(sink->Begin(ScopeOf("a")).ok());
  ASSERT_TRUE(sink->Write(RowsOf({RowOf("a")})).ok());
  sink.reset();
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(SqliteSinkTest, OneThatWaitsForARunThatFailsWritesIntoTheFileOfTheName) {
  auto failing = Made();
  ASSERT_TRUE(failing->Begin(ScopeOf("a")).ok());
  std::atomic<bool> waits = false;
  std::thread other([&] {
    SinkOptions options;
    options.tell = [&](const std::string&) { waits = true; };
    const auto sink = Made(options);
    ASSERT_TRUE(sink->Begin(ScopeOf("b")).ok());
    ASSERT_TRUE(sink->Write(RowsOf({RowOf("b")})).ok());
    ASSERT_TRUE(sink->Commit({kDay}).ok());
  });
  while (!waits) std::this_thread::yield();
  failing.reset();  // removes the file that it has made
  other.join();
  EXPECT_EQ(Rows(), 1);
}

TEST_F(SqliteSinkTest, OneThatFailsLeavesAFileThatAnotherHasFilledMeanwhile) {
  auto first = Made();
  ASSERT_TRUE(first->Begin(ScopeOf("a")).ok());
  std::atomic<bool> waits = false;
  std::thread other([&] {
    SinkOptions options;
    options.tell = [&](const std::string&) { waits = true; };
    ASSERT_TRUE(Made(options)->Begin(ScopeOf("b")).ok());
  });
  while (!waits) std::this_thread::yield();
  ASSERT_TRUE(first->Write(RowsOf({RowOf("a")})).ok());
  ASSERT_TRUE(first->Commit({kDay}).ok());
  other.join();
  EXPECT_EQ(Rows(), 1);
}

TEST_F(SqliteSinkTest, WaitingEndsWhenTheRunIsStopped) {
  const auto holder = Made();
  ASSERT_TRUE(holder->Begin(ScopeOf("a")).ok());
  SinkOptions options;
  int asked = 0;
  options.cancelled = [&] { return ++asked >= 3; };
  EXPECT_EQ(KindOf(Made(options)->Begin(ScopeOf("a"))), ErrorKind::kCancelled);
}

}  // namespace
}  // namespace costream
