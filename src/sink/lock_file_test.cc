#include "sink/lock_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/error.h"
#include "base/test_folder.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using LockFileTest = FolderTest;

TEST_F(LockFileTest, MakesItsFoldersAndIsGoneWhenItIsFree) {
  auto lock = LockFile::Acquire(Path("a/b/lock"), "a", {}).ValueOrDie();
  EXPECT_TRUE(std::filesystem::exists(Path("a/b/lock")));
  lock.reset();
  EXPECT_TRUE(std::filesystem::is_empty(Path("a/b")));
}

TEST_F(LockFileTest, OneHoldsItAtATimeAndNoneIsLost) {
  std::atomic<int> holders = 0, turns = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 5; ++turn) {
        const auto lock = LockFile::Acquire(Path("a/lock"), "a", {}).ValueOrDie();
        EXPECT_EQ(++holders, 1);
        ++turns;
        --holders;
        std::error_code ignored;
        std::filesystem::remove(Path("a"), ignored);  // as a run does that leaves nothing behind
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(turns, 20);
}

TEST_F(LockFileTest, WaitingIsToldOnceAndEndsWhenTheRunIsStopped) {
  const auto held = LockFile::Acquire(Path("lock"), "a", {}).ValueOrDie();
  int told = 0, asked = 0;
  SinkOptions options;
  options.tell = [&](const std::string&) { ++told; };
  options.cancelled = [&] { return ++asked == 3; };
  const auto lock = LockFile::Acquire(Path("lock"), "a", options);
  ASSERT_FALSE(lock.ok());
  EXPECT_EQ(KindOf(lock.status()), ErrorKind::kCancelled);
  EXPECT_EQ(told, 1);
  EXPECT_THAT(Names(), ElementsAre("lock"));
}

TEST_F(LockFileTest, AFolderThatCannotBeMadeIsAUsageErrorThatNamesTheTarget) {
  Write("file", "");
  const auto lock = LockFile::Acquire(Path("file/lock"), "the target", {});
  ASSERT_FALSE(lock.ok());
  EXPECT_EQ(KindOf(lock.status()), ErrorKind::kUsage);
  EXPECT_THAT(Message(lock.status()), HasSubstr("the target"));
}

}  // namespace
}  // namespace costream
