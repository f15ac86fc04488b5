#include "sink/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/error.h"
#include "base/test_folder.h"

namespace costream {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

using AtomicFileTest = FolderTest;

std::unique_ptr<AtomicFile> Open(const std::string& target, std::string_view text) {
  auto file = AtomicFile::Create(target).ValueOrDie();
  EXPECT_TRUE(file->stream()->Write(text).ok());
  return file;
}

void ExpectUsageError(const arrow::Status& status, const std::string& target, const std::string& what) {
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(Message(status), AllOf(HasSubstr("--to " + target), HasSubstr(what)));
}

TEST_F(AtomicFileTest, AppearsUnderItsNameOnCommitOnly) {
  const auto file = Open(Path("out.csv"), "new");
  EXPECT_FALSE(fs::exists(Path("out.csv")));
  ASSERT_TRUE(file->Commit().ok());
  EXPECT_EQ(Contents(Path("out.csv")), "new");
  EXPECT_THAT(Names(), ElementsAre("out.csv")) << "no temporary file is left";
}

TEST_F(AtomicFileTest, ReplacesWhatWasThereOnCommitOnly) {
  Write("out.csv", "old and longer");
  const auto file = Open(Path("out.csv"), "new");
  EXPECT_EQ(Contents(Path("out.csv")), "old and longer");
  ASSERT_TRUE(file->Commit().ok());
  EXPECT_EQ(Contents(Path("out.csv")), "new");
}

TEST_F(AtomicFileTest, WhatAKilledRunHasLeftIsRemovedAndThatOfALiveOneStays) {
  const auto alive = Open(Path("out.csv"), "first");
  ASSERT_EQ(Names().size(), 1u);
  const std::string of_alive = Names().front();
  const std::vector<std::string> stay = {".other.csv.costream-abcdef", ".out.csv.costream-abcdefg",
                                         "out.csv.costream-abcdef"};
  for (const std::string& name : stay) Write(name, "of others");
  Write(".out.csv.costream-abcdef", "half");
  const auto file = Open(Path("out.csv"), "second");
  EXPECT_FALSE(fs::exists(Path(".out.csv.costream-abcdef")));
  for (const std::string& name : stay) EXPECT_TRUE(fs::exists(Path(name))) << name;
  EXPECT_TRUE(fs::exists(Path(of_alive)));
  ASSERT_TRUE(file->Commit().ok());
  ASSERT_TRUE(alive->Commit().ok());
  EXPECT_EQ(Contents(Path("out.csv")), "first") << "the last to commit";
}

TEST_F(AtomicFileTest, AbortLeavesTheTargetAndNothingElse) {
  Write("out.csv", "old");
  const auto file = Open(Path("out.csv"), "new");
  file->Abort();
  file->Abort();
  EXPECT_EQ(Contents(Path("out.csv")), "old");
  EXPECT_THAT(Names(), ElementsAre("out.csv"));
}

TEST_F(AtomicFileTest, DestructionWithoutCommitAborts) {
  Open(Path("out.csv"), "new").reset();
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(AtomicFileTest, AbortAfterCommitKeepsTheFile) {
  const auto file = Open(Path("out.csv"), "new");
  ASSERT_TRUE(file->Commit().ok());
  file->Abort();
  EXPECT_EQ(Contents(Path("out.csv")), "new");
}

TEST_F(AtomicFileTest, AnUnfinishedFileIsHiddenSoThatNoReaderTakesIt) {
  const auto file = Open(Path("out.parquet"), "new");
  ASSERT_EQ(Names().size(), 1u);
  EXPECT_EQ(Names()[0].front(), '.');
  EXPECT_FALSE(Names()[0].ends_with(".parquet"));
}

TEST_F(AtomicFileTest, TwoWritersOfOneTargetDoNotMixAndTheLastCommitWins) {
  const auto first = Open(Path("out.csv"), "first");
  const auto second = Open(Path("out.csv"), "second");
  ASSERT_TRUE(second->Commit().ok());
  ASSERT_TRUE(first->Commit().ok());
  EXPECT_EQ(Contents(Path("out.csv")), "first");
  EXPECT_THAT(Names(), ElementsAre("out.csv"));
}

TEST_F(AtomicFileTest, TheResultHasThePermissionsThatTheUmaskLeaves) {
  const mode_t mask = umask(027);
  const auto file = Open(Path("out.csv"), "");
  EXPECT_EQ(umask(mask), 027u) << "the umask of the process is unchanged";
  ASSERT_TRUE(file->Commit().ok());
  EXPECT_EQ(fs::status(Path("out.csv")).permissions(), fs::perms(0640));
}

TEST_F(AtomicFileTest, ANameWithoutAFolderIsInTheWorkingDirectory) {
  const fs::path before = fs::current_path();
  fs::current_path(root_);
  EXPECT_TRUE(Open("out.csv", "new")->Commit().ok());
  fs::current_path(before);
  EXPECT_EQ(Contents(Path("out.csv")), "new");
}

TEST_F(AtomicFileTest, AMissingFolderIsNamed) {
  const std::string target = Path("absent/out.csv");
  ExpectUsageError(AtomicFile::Create(target).status(), target, Path("absent") + " does not exist");
}

TEST_F(AtomicFileTest, ADirectoryIsNoTarget) {
  fs::create_directory(Path("out.csv"));
  ExpectUsageError(AtomicFile::Create(Path("out.csv")).status(), Path("out.csv"), "is a directory");
}

TEST_F(AtomicFileTest, AFileAsFolderIsRefused) {
  const std::string target = Write("file", "") + "/out.csv";
  ExpectUsageError(AtomicFile::Create(target).status(), target, "does not exist");
}

TEST_F(AtomicFileTest, ANameThatTheFileSystemRefusesIsAUsageError) {
  const std::string target = Path(std::string(300, 'x') + ".csv");
  ExpectUsageError(AtomicFile::Create(target).status(), target, "cannot be written");
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(AtomicFileTest, ACommitThatFailsLeavesTheTarget) {
  const auto file = Open(Path("out.csv"), "new");
  Write("out.csv/in the way", "");  // the target has become a directory
  ExpectUsageError(file->Commit(), Path("out.csv"), "cannot be written");
  file->Abort();
  EXPECT_THAT(Names(), ElementsAre("out.csv"));
  EXPECT_TRUE(fs::exists(Path("out.csv/in the way")));
}

TEST_F(AtomicFileTest, OtherFilesOfTheFolderStay) {
  Write(".out.csv.costream-old", "left by a killed run");
  Write("other.csv", "other");
  ASSERT_TRUE(Open(Path("out.csv"), "new")->Commit().ok());
  EXPECT_THAT(Names(), UnorderedElementsAre(".out.csv.costream-old", "other.csv", "out.csv"));
}

}  // namespace
}  // namespace costream
