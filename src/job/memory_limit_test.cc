#include "job/memory_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "base/error.h"

namespace costream {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;

TEST(MemoryLimit, Is128MiBUnlessAskedOtherwise) {
  EXPECT_EQ(MemoryLimit::Make(std::nullopt)->bytes(), 128 * kMiB);
  EXPECT_EQ(MemoryLimit::Make(256 * kMiB)->bytes(), 256 * kMiB);
}

TEST(MemoryLimit, TooLittleIsAUsageErrorThatSaysTheLeast) {
  const auto limit = MemoryLimit::Make(10 * kMiB);
  ASSERT_FALSE(limit.ok());
  EXPECT_EQ(KindOf(limit.status()), ErrorKind::kUsage);
  EXPECT_THAT(Message(limit.status()), testing::AllOf(testing::HasSubstr("--memory-limit"),
                                                      testing::HasSubstr("the least is 80 MiB")));
}

TEST(MemoryLimit, AFolderToSpillToThatCannotBeWrittenIsAUsageError) {
  for (const std::string& folder :
       {std::string("/no/such/folder"), std::string("/etc/hostname"), std::string(300, 'x')}) {
    const auto limit = MemoryLimit::Make(std::nullopt, folder);
    EXPECT_EQ(KindOf(limit.status()), ErrorKind::kUsage);
    EXPECT_EQ(Message(limit.status()), "--spill-dir " + folder + ": is not a folder that can be written");
  }
}

TEST(MemoryLimit, HoldsFewerThreadsTheSmallerItIs) {
  const auto small = *MemoryLimit::Make(80 * kMiB), large = *MemoryLimit::Make(1024 * kMiB);
  EXPECT_EQ(small.Threads(8), 1);
  EXPECT_EQ(large.Threads(8), 8);
  EXPECT_EQ(MemoryLimit::Make(std::nullopt)->Threads(2), 2);
  EXPECT_EQ(MemoryLimit::Make(std::nullopt)->Threads(2, 6 * kMiB), 2);
  EXPECT_EQ(MemoryLimit::Make(std::nullopt)->Threads(2, 15 * kMiB), 1) << "large row groups";
  EXPECT_LE(small.LabelMemoBytes(8), large.LabelMemoBytes(1));
  const auto usual = *MemoryLimit::Make(std::nullopt);
  EXPECT_LT(usual.LabelMemoBytes(2, 15 * kMiB), usual.LabelMemoBytes(2)) << "large row groups";
}

TEST(MemoryLimit, IsNearOnceTheProcessHasMostOfIt) {
  const auto limit = *MemoryLimit::Make(1024 * kMiB);
  EXPECT_FALSE(limit.Near());
  constexpr size_t kBytes = 1000 * kMiB;
  const auto much = std::make_unique_for_overwrite<char[]>(kBytes);
  std::memset(much.get(), 1, kBytes);
  EXPECT_TRUE(limit.Near());
}

}  // namespace
}  // namespace costream
