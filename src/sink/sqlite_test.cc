#include "sink/sqlite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/test_folder.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kMake = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;

using SqliteTest = FolderTest;

TEST_F(SqliteTest, ValuesComeBackAsTheyWereBound) {
  const auto database = Sqlite::Open(Path("x.db"), kMake).ValueOrDie();
  ASSERT_TRUE(database->Execute("CREATE TABLE t (a, b, c, d, e)").ok());
  EXPECT_THAT(database->ColumnsOf("t").ValueOrDie(), ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_THAT(database->ColumnsOf("absent").ValueOrDie(), IsEmpty());
  auto insert = database->Prepare("INSERT INTO t VALUES (?, ?, ?, ?, ?)").ValueOrDie();
  insert.Bind(1, std::string_view("it's"));
  insert.Bind(2, std::string_view());
  insert.Bind(3, std::optional<std::string_view>());
  insert.Bind(4, std::optional<int64_t>(-5));
  insert.Bind(5, std::optional(0.1));
  ASSERT_TRUE(insert.Run().ok());
  auto rows = database->Prepare("SELECT * FROM t").ValueOrDie();
  ASSERT_TRUE(rows.Step().ValueOrDie());
  EXPECT_EQ(rows.Text(0), "it's");
  EXPECT_FALSE(rows.IsNull(1));
  EXPECT_EQ(rows.Text(1), "");
  EXPECT_TRUE(rows.IsNull(2));
  EXPECT_EQ(rows.Integer(3), -5);
  EXPECT_EQ(rows.Real(4), 0.1);
  EXPECT_FALSE(rows.Step().ValueOrDie());
}

TEST_F(SqliteTest, ErrorsHaveSqlitesReason) {
  EXPECT_FALSE(Sqlite::Open(Path("absent.db"), SQLITE_OPEN_READONLY).ok());
  const auto database = Sqlite::Open(Path("x.db"), kMake).ValueOrDie();
  EXPECT_THAT(database->Execute("SELECT * FROM absent").message(), HasSubstr("no such table: absent"));
}

TEST_F(SqliteTest, ALockThatIsNotWaitedForIsATransientError) {
  const auto first = Sqlite::Open(Path("x.db"), kMake).ValueOrDie();
  ASSERT_TRUE(first->Execute("BEGIN IMMEDIATE").ok());
  const auto second = Sqlite::Open(Path("x.db"), kMake).ValueOrDie();
  int asked = 0;
  second->OnBusy([&] { return ++asked < 3; });
  EXPECT_EQ(KindOf(second->Execute("BEGIN IMMEDIATE")), ErrorKind::kTransient);
  EXPECT_EQ(asked, 3);
}

TEST_F(SqliteTest, AFileThatWasRemovedHasMoved) {
  const auto database = Sqlite::Open(Path("x.db"), kMake).ValueOrDie();
  ASSERT_TRUE(database->Execute("BEGIN IMMEDIATE").ok());
  EXPECT_FALSE(database->HasMoved());
  std::filesystem::remove(Path("x.db"));
  EXPECT_TRUE(database->HasMoved());
}

TEST(SqliteFileOf, ANameTellsADatabase) {
  EXPECT_EQ(SqliteFileOf("sqlite:some/file"), "some/file");
  EXPECT_EQ(SqliteFileOf("a.db"), "a.db");
  EXPECT_EQ(SqliteFileOf("a.sqlite"), "a.sqlite");
  EXPECT_EQ(SqliteFileOf("sqlite:"), std::nullopt);
  EXPECT_EQ(SqliteFileOf("a.csv"), std::nullopt);
}

}  // namespace
}  // namespace costream
