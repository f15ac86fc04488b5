#include "aggregate/storage_usage.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "aggregate/test_day.h"

namespace costream {
namespace {

using testing::UnorderedElementsAre;

// The group of a claim of pod "db" in "shop".
StorageGroup& Claim(StorageUsage* usage, std::string_view claim) {
  std::array<uint32_t, 8> key{};
  key[0] = usage->Intern("shop");
  key[1] = usage->Intern("db");
  key[2] = usage->Intern(claim);
  key[6] = key[7] = usage->Intern("");
  return *usage->At(key).first;
}

void AddMount(StorageUsage* usage, std::string_view node, std::string_view resource) {
  usage->AddMount({usage->Intern("shop"), usage->Intern("db"), usage->Intern(node)},
                  resource.empty() ? StringPool::kNull : usage->Intern(resource));
}

std::vector<std::string> Groups(const StorageUsage& usage) {
  std::vector<std::string> lines;
  for (const StorageGroup& group : usage.groups()) {
    lines.push_back(fmt::format("{} {} {} {} {} {}", TextOf(usage.texts(), group.key[2]),
                                TextOf(usage.texts(), group.key[3]), group.claim_bytes,
                                group.sums[0].ToDouble(), group.sums[2].ToDouble(), group.seen));
  }
  return lines;
}

std::vector<std::string> Mounts(const StorageUsage& usage) {
  std::vector<std::string> lines;
  for (const Mount& mount : usage.mounts()) {
    lines.push_back(TextOf(usage.texts(), mount.key[2]) + " " + TextOf(usage.texts(), mount.resource_id));
  }
  return lines;
}

TEST(StorageUsage, TellsWhichGroupsAreNew) {
  StorageUsage usage;
  const std::array<uint32_t, 8> a = {1, 1, 1, 1, 1, 1, 1, 1}, b = {1, 1, 1, 1, 1, 1, 1, 2};
  EXPECT_TRUE(usage.At(a).second);
  EXPECT_FALSE(usage.At(a).second);
  EXPECT_TRUE(usage.At(b).second);
  EXPECT_NE(usage.At(a).first, usage.At(b).first);
}

TEST(StorageUsage, AMountHasTheGreatestResourceId) {
  StorageUsage usage;
  for (const char* resource : {"i-1", "", "i-3", "i-2"}) AddMount(&usage, "n1", resource);
  AddMount(&usage, "n2", "");
  EXPECT_THAT(Mounts(usage), UnorderedElementsAre("n1 i-3", "n2 (null)"));
}

TEST(StorageUsage, MergesByTextsWhateverTheirIds) {
  StorageUsage left, right;
  left.Intern("shifts the ids");
  StorageGroup& mine = Claim(&left, "data");
  mine.claim_bytes = 5;
  ASSERT_TRUE(mine.sums[0].Add(1.0));
  mine.seen = 1;
  AddMount(&left, "n1", "i-1");
  StorageGroup& other = Claim(&right, "data");
  other.claim_bytes = 3;
  ASSERT_TRUE(other.sums[0].Add(2.0) && other.sums[2].Add(4.0));
  other.seen = 5;
  Claim(&right, "logs").claim_bytes = 8;
  AddMount(&right, "n1", "i-2");
  AddMount(&right, "n2", "");
  ASSERT_TRUE(left.MergeFrom(std::move(right)));
  EXPECT_THAT(Groups(left), UnorderedElementsAre("data (null) 5 3 4 5", "logs (null) 8 0 0 0"));
  EXPECT_THAT(Mounts(left), UnorderedElementsAre("n1 i-2", "n2 (null)"));
}

TEST(StorageUsage, MergingTellsASumThatLeavesItsRange) {
  StorageUsage left, right;
  ASSERT_TRUE(Claim(&left, "data").sums[1].Add(1.5e33) && Claim(&right, "data").sums[1].Add(1.5e33));
  EXPECT_FALSE(left.MergeFrom(std::move(right)));
}

}  // namespace
}  // namespace costream
