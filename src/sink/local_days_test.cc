#include "sink/local_days.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/test_folder.h"

namespace costream {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Day kFirst = DayOf(2025, 11, 1), kSecond = DayOf(2025, 11, 2);

class LocalDaysTest : public FolderTest {
 protected:
  std::unique_ptr<StagedDays> Open() const { return LocalDays::Open(Path("out/"), "s", {}).ValueOrDie(); }

  static std::string NameOf(Day day) {
    return "out/source=s/year=2025/month=11/day=" + FormatDay(day).substr(8) + "/summary.parquet";
  }
  static void Fill(arrow::Result<std::unique_ptr<AtomicFile>> file, std::string_view text) {
    ASSERT_TRUE((*file)->stream()->Write(text).ok());
    ASSERT_TRUE((*file)->Commit().ok());
  }
  // All files, as paths from the root, sorted.
  std::vector<std::string> Files() const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_)) {
      if (entry.is_regular_file()) files.push_back(std::filesystem::relative(entry.path(), root_).string());
    }
    std::sort(files.begin(), files.end());
    return files;
  }
};

TEST_F(LocalDaysTest, DaysAreReplacedAndRemovedAtCommitOnly) {
  Write(NameOf(kFirst), "old");
  Write(NameOf(kSecond), "old");
  const auto days = Open();
  Fill(days->Stage(kFirst), "new");
  days->Remove(kSecond);
  EXPECT_EQ(Contents(Path(NameOf(kFirst))), "old");
  EXPECT_EQ(Contents(Path(NameOf(kSecond))), "old");
  ASSERT_TRUE(days->Commit().ok());
  EXPECT_EQ(Contents(Path(NameOf(kFirst))), "new");
  EXPECT_FALSE(std::filesystem::exists(Path(NameOf(kSecond)))) << "nor its folder";
}

TEST_F(LocalDaysTest, NothingHiddenStaysAfterARun) {
  auto days = Open();
  Fill(days->Stage(kFirst), "new");
  ASSERT_TRUE(days->Commit().ok());
  days.reset();
  EXPECT_THAT(Files(), ElementsAre(NameOf(kFirst)));
  EXPECT_FALSE(std::filesystem::exists(Path("out/source=s/.costream")));
}

TEST_F(LocalDaysTest, AbortLeavesNoFolderThatWasNotThere) {
  auto days = Open();
  Fill(days->Stage(kFirst), "new");
  days.reset();
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(LocalDaysTest, ARunThatWasKilledBeforeItsRecordIsRolledBack) {
  Write(NameOf(kFirst), "old");
  Write("out/source=s/.costream/2025-11-01.staged", "half");
  Write("out/source=s/.costream/.commit.costream-abcdef", "half a record");
  Write("out/source=s/.costream/lock", "");
  Open().reset();
  EXPECT_THAT(Files(), ElementsAre(NameOf(kFirst)));
  EXPECT_EQ(Contents(Path(NameOf(kFirst))), "old");
}

TEST_F(LocalDaysTest, ARunThatWasKilledAfterItsRecordIsCompleted) {
  Write(NameOf(kFirst), "new");  // already renamed
  Write(NameOf(kSecond), "old");
  Write(NameOf(kSecond + 1), "old");
  Write("out/source=s/.costream/2025-11-02.staged", "new");
  Write("out/source=s/.costream/commit",
        "costream commit 1\nreplace 2025-11-01\nreplace 2025-11-02\nremove 2025-11-03\n");
  Open().reset();
  EXPECT_THAT(Files(), ElementsAre(NameOf(kFirst), NameOf(kSecond)));
  EXPECT_EQ(Contents(Path(NameOf(kSecond))), "new");
}

TEST_F(LocalDaysTest, ARecordOfAnotherVersionIsLeftAloneAndSaid) {
  Write("out/source=s/.costream/2025-11-02.staged", "new");
  for (const char* record : {"", "costream commit 2\n", "costream commit 1\nmove 2025-11-02\n",
                             "costream commit 1\nreplace 2025-11-2x\n"}) {
    Write("out/source=s/.costream/commit", record);
    const auto days = LocalDays::Open(Path("out/"), "s", {});
    ASSERT_FALSE(days.ok()) << record;
    EXPECT_EQ(KindOf(days.status()), ErrorKind::kUsage);
    EXPECT_EQ(Contents(Path("out/source=s/.costream/2025-11-02.staged")), "new");
  }
}

TEST_F(LocalDaysTest, ARecordThatCannotBeReadLeavesWhatIsStaged) {
  Write("out/source=s/.costream/2025-11-02.staged", "new");
  Write("out/source=s/.costream/commit/a folder", "");
  const auto status = LocalDays::Open(Path("out/"), "s", {}).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(Message(status), HasSubstr("commit cannot be read"));
  EXPECT_EQ(Contents(Path("out/source=s/.costream/2025-11-02.staged")), "new");
}

TEST_F(LocalDaysTest, WhatCannotBeReplacedIsDoneByTheNextRun) {
  Write(NameOf(kSecond) + "/in the way", "");
  {
    const auto days = Open();
    for (const Day day : {kFirst, kSecond}) Fill(days->Stage(day), "new");
    const arrow::Status status = days->Commit();
    ASSERT_FALSE(status.ok());
    EXPECT_THAT(Message(status), AllOf(HasSubstr("2025-11-02"), HasSubstr("next run")));
  }
  EXPECT_EQ(Contents(Path(NameOf(kFirst))), "new");
  std::filesystem::remove_all(Path(NameOf(kSecond)));
  Open().reset();
  EXPECT_THAT(Files(), ElementsAre(NameOf(kFirst), NameOf(kSecond)));
}

TEST_F(LocalDaysTest, ASourceIsSpelledSoThatItIsOneFolder) {
  const auto days = LocalDays::Open(Path("out"), "a/b=c %ä", {}).ValueOrDie();
  EXPECT_EQ(days->FileOf(kFirst)->name(),
            Path("out/source=a%2Fb%3Dc%20%25%C3%A4/year=2025/month=11/day=01/summary.parquet"));
}

TEST_F(LocalDaysTest, AForeignParquetFileInADaysFolderIsAUsageError) {
  const auto days = Open();
  Write("out/source=s/year=2025/month=11/day=01/.hidden.parquet", "");
  Write(NameOf(kFirst), "");
  EXPECT_TRUE(days->CheckDay(kFirst).ok());
  Write("out/source=s/year=2025/month=11/day=01/part-0.parquet", "");
  const arrow::Status status = days->CheckDay(kFirst);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(Message(status), HasSubstr("part-0.parquet"));
  EXPECT_TRUE(days->CheckDay(kSecond).ok());
}

TEST_F(LocalDaysTest, ATargetInNoFolderOrThatIsAFileIsAUsageError) {
  Write("file", "");
  for (const char* target : {"absent/out/", "file/"}) {
    const auto days = LocalDays::Open(Path(target), "s", {});
    ASSERT_FALSE(days.ok()) << target;
    EXPECT_EQ(KindOf(days.status()), ErrorKind::kUsage);
  }
  EXPECT_THAT(Names(), ElementsAre("file"));
}

}  // namespace
}  // namespace costream
