#include "sink/sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/test_folder.h"
#include "sink/test_rows.h"

namespace costream {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(MakeSink, AnUnknownTargetIsAUsageErrorThatSaysWhatIsKnown) {
  for (const char* target : {"out.txt", "out", "csv", "out.csv.gz", "out.CSV", "mysql://host/db"}) {
    const auto sink = MakeSink(target, {});
    ASSERT_FALSE(sink.ok()) << target;
    EXPECT_EQ(KindOf(sink.status()), ErrorKind::kUsage);
    EXPECT_THAT(Message(sink.status()),
                AllOf(HasSubstr(std::string("--to ") + target), HasSubstr(".parquet")));
  }
  EXPECT_THAT(Message(MakeSink("postgresql+driver://u:secret@h/d", {}).status()), Not(HasSubstr("secret")));
}

TEST(MakeSink, NoTargetTakesRowsAndKeepsNone) {
  const auto sink = MakeSink("", {MeasureType::kDecimal}).ValueOrDie();
  EXPECT_TRUE(sink->Begin({}).ok());
  EXPECT_TRUE(sink->Write(RowsOf({{}})).ok());
  EXPECT_TRUE(sink->Commit({}).ok());
}

TEST(MakeSink, FilesHoldOneRunOnly) {
  for (const char* file : {"-", "x.csv", "dir/x.parquet", "s3://b/x.parquet"})
    EXPECT_TRUE(IsReplacedWhole(file));
  for (const char* other : {"", "x.csv/", "dir/", "sqlite:x.csv", "x.db", "postgresql://h/x.csv"}) {
    EXPECT_FALSE(IsReplacedWhole(other)) << other;
  }
}

class DirectoryTarget : public FolderTest {};

TEST_F(DirectoryTarget, IsNamedByASlashOrIsThere) {
  for (const char* folder : {"day", "day.csv", "day.db"}) std::filesystem::create_directory(Path(folder));
  for (const char* directory : {"DIR/", "day.csv/", "s3://bucket/DIR/"}) {
    EXPECT_TRUE(IsDirectoryTarget(directory)) << directory;
  }
  EXPECT_TRUE(IsDirectoryTarget(Path("day")));
  EXPECT_FALSE(IsDirectoryTarget(Path("day.csv")));
  EXPECT_FALSE(IsDirectoryTarget(Path("day.db")));
  for (const char* other : {"", "-", "absent", "s3://bucket/DIR", "postgresql://host/d/"}) {
    EXPECT_FALSE(IsDirectoryTarget(other)) << other;
  }
}

// What every file sink must do, whatever its format.
class FileSink : public FolderTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    target_ = Path(std::string("out") + GetParam());
  }
  std::string Target() const { return target_; }
  std::unique_ptr<Sink> Begun() const {
    auto sink = MakeSink(target_, {MeasureType::kDecimal}).ValueOrDie();
    EXPECT_TRUE(sink->Begin({}).ok());
    return sink;
  }

  std::string target_;
};

TEST_P(FileSink, MakesNothingBeforeBegin) {
  const auto sink = MakeSink(Target(), {}).ValueOrDie();
  EXPECT_THAT(Names(), IsEmpty());
  sink->Abort();
}

TEST_P(FileSink, RowsAreVisibleAfterCommitOnly) {
  Write(std::string("out") + GetParam(), "old");
  const auto sink = Begun();
  ASSERT_TRUE(sink->Write(RowsOf({{}, {}})).ok());
  EXPECT_EQ(Contents(Target()), "old");
  ASSERT_TRUE(sink->Commit({DayOf(2024, 2, 29)}).ok());
  EXPECT_NE(Contents(Target()), "old");
  EXPECT_EQ(Names().size(), 1u);
}

TEST_P(FileSink, AbortLeavesTheTargetUnchanged) {
  Write(std::string("out") + GetParam(), "old");
  const auto sink = Begun();
  ASSERT_TRUE(sink->Write(RowsOf({{}})).ok());
  sink->Abort();
  EXPECT_EQ(Contents(Target()), "old");
  EXPECT_EQ(Names().size(), 1u);
}

TEST_P(FileSink, DestructionWithoutCommitLeavesNothing) {
  auto sink = Begun();
  ASSERT_TRUE(sink->Write(RowsOf({{}})).ok());
  sink.reset();
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_P(FileSink, AValueThatDoesNotFitFailsAndLeavesTheTargetUnchanged) {
  Write(std::string("out") + GetParam(), "old");
  {
    const auto sink = Begun();
    TestRow row;
    row.measures[kClaimGib] = 1e30;
    const arrow::Status status = sink->Write(RowsOf({row}));
    ASSERT_FALSE(status.ok());
    EXPECT_THAT(Message(status), HasSubstr("persistentvolumeclaim_capacity_gigabyte"));
  }
  EXPECT_EQ(Contents(Target()), "old");
  EXPECT_EQ(Names().size(), 1u);
}

TEST_P(FileSink, AMissingFolderIsAUsageErrorOfBegin) {
  const auto sink = MakeSink(Path("absent/out") + GetParam(), {}).ValueOrDie();
  const arrow::Status status = sink->Begin({});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  sink->Abort();
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_P(FileSink, NoRowsMakeAFileWithoutRows) {
  ASSERT_TRUE(Begun()->Commit({}).ok());
  EXPECT_THAT(Names(), ElementsAre(std::string("out") + GetParam()));
  EXPECT_FALSE(Contents(Target()).empty()) << "it has its columns";
}

TEST_P(FileSink, RowsAreReplacedByAnEmptyInputOnlyWhereThatIsAllowed) {
  const auto written = Begun();
  ASSERT_TRUE(written->Write(RowsOf({{}})).ok());
  ASSERT_TRUE(written->Commit({DayOf(2024, 2, 29)}).ok());
  const std::string old = Contents(Target());
  const arrow::Status status = Begun()->Commit({});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(Message(status), HasSubstr("--allow-empty"));
  EXPECT_TRUE(Contents(Target()) == old);
  EXPECT_EQ(Names().size(), 1u);
  SinkOptions options;
  options.allow_empty = true;
  const auto sink = MakeSink(target_, options).ValueOrDie();
  ASSERT_TRUE(sink->Begin({}).ok());
  ASSERT_TRUE(sink->Commit({}).ok());
  EXPECT_FALSE(Contents(Target()) == old);
}

TEST_P(FileSink, TheSameBatchesGiveTheSameBytes) {
  const TestRow a{{{kNodeColumn, "a"}}, {{kPodUsageCpuHours, 0.1}}}, b{{{kNodeColumn, "b"}}}, c{};
  std::vector<std::string> files;
  for (int i = 0; i < 2; ++i) {
    const auto sink = Begun();
    for (const auto& rows : {RowsOf({a}), RowsOf({b, c})}) ASSERT_TRUE(sink->Write(rows).ok());
    ASSERT_TRUE(sink->Commit({DayOf(2024, 2, 29)}).ok());
    files.push_back(Contents(Target()));
  }
  EXPECT_TRUE(files[0] == files[1]);
}

INSTANTIATE_TEST_SUITE_P(Formats, FileSink, testing::Values(".csv", ".parquet"),
                         [](const auto& test) { return std::string(test.param + 1); });

}  // namespace
}  // namespace costream
