#include "aggregate/pod_usage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <string>
#include <thread>
#include <tuple>

namespace costream {
namespace {

using testing::ElementsAre;

// Rows as columns; all measures but cpu usage are null.
struct Rows {
  std::vector<uint32_t> name_space, node, labels, resource_id;
  std::vector<double> usage, nulls;

  void Add(PodUsage* pods, std::string_view space, uint32_t at, std::string_view set,
           std::string_view resource, double value) {
    const std::array<std::string_view, 3> texts = {space, set, resource};
    std::array<StringPool::Id, 3> ids;
    pods->InternAll(texts, ids.data());
    name_space.push_back(ids[0]);
    node.push_back(at);
    labels.push_back(ids[1]);
    resource_id.push_back(resource.empty() ? StringPool::kNull : ids[2]);
    usage.push_back(value);
    nulls.push_back(kNoValue);
  }
  PodColumns columns() const {
    PodColumns columns{name_space.data(), node.data(), labels.data(), resource_id.data()};
    columns.cpu.fill(nulls.data());
    columns.memory.fill(nulls.data());
    columns.cpu[kUsage] = usage.data();
    columns.node_cores = columns.node_bytes = nulls.data();
    return columns;
  }
  std::vector<uint32_t> all() const {
    std::vector<uint32_t> rows(usage.size());
    std::iota(rows.begin(), rows.end(), 0);
    return rows;
  }
  [[nodiscard]] bool AddTo(PodUsage* pods) const {
    PodUsage::Scratch scratch;
    return pods->Add(columns(), all(), &scratch);
  }
};

using Group = std::tuple<std::string, uint32_t, std::string>;  // namespace, node, labels

std::map<Group, double> UsageOf(const PodUsage& pods) {
  std::map<Group, double> usage;
  pods.ForEach([&](const PodGroup& group) {
    const Group name{pods.texts().View(group.key[0]), group.key[1], pods.texts().View(group.key[2])};
    EXPECT_TRUE(usage.emplace(name, group.sums.cpu[kUsage].ToDouble()).second) << "a group is there once";
  });
  return usage;
}

// 2000 rows of 105 groups.
Rows ManyRows(PodUsage* pods, std::map<Group, double>* expected) {
  Rows rows;
  for (int i = 0; i < 2000; ++i) {
    const std::string space = "ns" + std::to_string(i % 7), labels = "set" + std::to_string(i % 3);
    const uint32_t node = 1 + static_cast<uint32_t>(i % 5);
    rows.Add(pods, space, node, labels, "", i);
    (*expected)[{space, node, labels}] += i;
  }
  return rows;
}

TEST(PodUsage, AddsUpByGroupWhateverThePartitions) {
  for (const int partitions : {1, 2, 3, 8, 64}) {
    PodUsage pods(partitions);
    std::map<Group, double> expected;
    const Rows rows = ManyRows(&pods, &expected);
    ASSERT_TRUE(rows.AddTo(&pods));
    EXPECT_EQ(UsageOf(pods), expected) << partitions << " partitions";
    EXPECT_EQ(pods.size(), 105u);
  }
}

TEST(PodUsage, SeveralWorkersMayAdd) {
  PodUsage pods(8);
  constexpr int kWorkers = 4;
  std::map<Group, double> expected;
  std::vector<std::thread> workers;
  workers.reserve(kWorkers);
  std::array<bool, kWorkers> in_range{};
  for (int worker = 0; worker < kWorkers; ++worker) {
    workers.emplace_back([&pods, &in_range, worker] {
      std::map<Group, double> ignored;
      const std::shared_lock gate(pods.gate());
      const Rows rows = ManyRows(&pods, &ignored);
      in_range[static_cast<size_t>(worker)] = rows.AddTo(&pods);
    });
  }
  for (std::thread& worker : workers) worker.join();
  PodUsage one(1);
  ManyRows(&one, &expected);
  for (auto& [group, usage] : expected) usage *= kWorkers;
  EXPECT_THAT(in_range, ElementsAre(true, true, true, true));
  EXPECT_EQ(UsageOf(pods), expected);
}

TEST(PodUsage, OnlyTheRowsThatAreNamedAreAdded) {
  for (const int partitions : {1, 4}) {
    PodUsage pods(partitions);
    Rows rows;
    for (int i = 0; i < 10; ++i) rows.Add(&pods, "s", 1, "{}", "", 1 << i);
    PodUsage::Scratch scratch;
    const std::vector<uint32_t> some = {1, 4, 9};
    ASSERT_TRUE(pods.Add(rows.columns(), some, &scratch));
    ASSERT_TRUE(pods.Add(rows.columns(), {}, &scratch));
    EXPECT_EQ(UsageOf(pods), (std::map<Group, double>{{{"s", 1, "{}"}, 2 + 16 + 512}}));
  }
}

TEST(PodUsage, TheGreatestResourceIdHoldsNullIgnored) {
  PodUsage pods(1);
  Rows rows;
  for (const char* id : {"", "i-10", "i-2", "", "i-1"}) rows.Add(&pods, "s", 1, "{}", id, 1);
  ASSERT_TRUE(rows.AddTo(&pods));
  pods.ForEach([&](const PodGroup& group) { EXPECT_EQ(pods.texts().View(group.resource_id), "i-2"); });
  EXPECT_EQ(pods.size(), 1u);
}

TEST(PodUsage, NullIsNotSeen) {
  PodUsage pods(2);
  Rows rows;
  rows.Add(&pods, "usage", 1, "{}", "", 0);
  rows.Add(&pods, "nothing", 1, "{}", "", kNoValue);
  ASSERT_TRUE(rows.AddTo(&pods));
  int groups = 0;
  pods.ForEach([&](const PodGroup& group) {
    ++groups;
    EXPECT_EQ(group.sums.seen, pods.texts().View(group.key[0]) == "usage" ? 1 << kUsage : 0);
    EXPECT_TRUE(IsNull(group.sums.node_cores));
  });
  EXPECT_EQ(groups, 2);
}

TEST(PodUsage, TellsASumThatLeavesItsRange) {
  for (const int partitions : {1, 4}) {
    PodUsage pods(partitions);
    Rows fits, exceeds;
    fits.Add(&pods, "s", 1, "{}", "", 8e24);
    EXPECT_TRUE(fits.AddTo(&pods));
    for (int i = 0; i < 4; ++i) exceeds.Add(&pods, "s", 1, "{}", "", i == 1 ? 8e24 : 1);
    EXPECT_FALSE(exceeds.AddTo(&pods));
  }
}

TEST(PodUsage, ClearForgetsAllAndBeginsANewGeneration) {
  PodUsage pods(4);
  std::map<Group, double> expected;
  ASSERT_TRUE(ManyRows(&pods, &expected).AddTo(&pods));
  const uint64_t generation = pods.generation();
  EXPECT_GE(pods.bytes(), static_cast<int64_t>(105 * sizeof(PodGroup)));
  pods.Clear();
  EXPECT_NE(pods.generation(), generation);
  EXPECT_EQ(pods.size(), 0u);
  EXPECT_EQ(pods.bytes(), 0);
  EXPECT_EQ(pods.texts().Find("ns1"), StringPool::kNull);
  ASSERT_TRUE(ManyRows(&pods, &expected).AddTo(&pods));
  for (auto& [group, usage] : expected) usage /= 2;  // expected twice, added once
  EXPECT_EQ(UsageOf(pods), expected);
}

TEST(PodSums, MergeAddsSumsAndTakesMaxima) {
  PodSums a, b;
  ASSERT_TRUE(a.cpu[kUsage].Add(1.0) && b.cpu[kUsage].Add(2.0) && b.memory[kLimit].Add(5.0));
  a.seen = 1 << kUsage;
  b.seen = 1 << kUsage | 16 << kLimit;
  a.node_cores = 4;
  b.node_cores = 2;
  b.node_bytes = 9;
  ASSERT_TRUE(a.Merge(b));
  EXPECT_EQ(a.cpu[kUsage].ToDouble(), 3);
  EXPECT_EQ(a.memory[kLimit].ToDouble(), 5);
  EXPECT_EQ(a.seen, 1 << kUsage | 16 << kLimit);
  EXPECT_EQ(a.node_cores, 4);
  EXPECT_EQ(a.node_bytes, 9);
}

TEST(PodSums, MergeTellsASumThatLeavesItsRange) {
  PodSums a, b;
  ASSERT_TRUE(a.memory[kRequest].Add(1.5e33) && b.memory[kRequest].Add(1.5e33));
  EXPECT_FALSE(a.Merge(b));
}

}  // namespace
}  // namespace costream
