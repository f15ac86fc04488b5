#include "merge/pod_run.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "aggregate/test_day.h"
#include "base/error.h"
#include "base/test_folder.h"
#include "merge/merged_pods.h"

namespace costream {
namespace {

using enum TextField;
using enum Measure;
using testing::ElementsAre;
using testing::HasSubstr;

TestRow Pod(std::optional<std::string> name_space, const std::string& labels, double core_seconds,
            std::optional<std::string> resource_id = std::nullopt) {
  TestRow row{0, {{kNode, "n1"}, {kPodLabels, labels}}, {{kUsageCpu, core_seconds}}};
  if (name_space) row.texts[kNamespace] = *name_space;
  if (resource_id) row.texts[kResourceId] = *resource_id;
  return row;
}

// "shop n1 {} i-1 2": namespace, node, labels, resource id and cpu usage of each group in order.
std::vector<std::string> LinesOf(PodStream* pods) {
  std::vector<std::string> lines;
  FinalPod pod;
  while (pods->Next(&pod).ValueOrDie()) {
    EXPECT_TRUE(pod.in_range);
    lines.push_back(fmt::format("{} {} {} {} {}", pod.name_space.value_or("(null)"), pod.node_name,
                                pod.labels, pod.resource_id.value_or("(null)"),
                                pod.sums.cpu[kUsage].ToDouble()));
  }
  return lines;
}

// Writes the day's pods to a run and forgets them.
std::unique_ptr<PodRun> Spill(DayState* state, SpillSpace* space) {
  OrderedPods pods(*state);
  auto run = PodRun::Write(&pods, &state->names, space).ValueOrDie();
  state->pods.Clear();
  return run;
}

class PodRunTest : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    space_.emplace(Path());
  }
  std::optional<SpillSpace> space_;
};
using MergedPodsTest = PodRunTest;

TEST_F(PodRunTest, GivesBackWhatWasWritten) {
  TestDay day;
  day.Pods({Pod("shop", "a:1", 2, "i-1"), Pod("", "", 3), Pod(std::nullopt, "b:2|c:3", 4, "")});
  OrderedPods in_memory(day.state());
  const auto expected = LinesOf(&in_memory);
  for (const size_t buffer : {size_t{1}, size_t{1000}, size_t{64} << 10}) {
    OrderedPods pods(day.state());
    const auto run = PodRun::Write(&pods, &day.state().names, &*space_).ValueOrDie();
    EXPECT_GT(run->bytes(), 3 * static_cast<int64_t>(sizeof(PodSums)));
    run->SetBuffer(buffer);
    EXPECT_EQ(LinesOf(run.get()), expected) << buffer;
  }
  EXPECT_THAT(expected, ElementsAre(" n1 {} (null) 3", R"(shop n1 {"a":"1"} i-1 2)",
                                    R"((null) n1 {"b":"2","c":"3"}  4)"));
}

TEST_F(PodRunTest, LeavesNoNameInTheFolder) {
  TestDay day;
  day.Pods({Pod("shop", "", 1)});
  const auto run = Spill(&day.state(), &*space_);
  EXPECT_TRUE(std::filesystem::is_empty(Path()));
}

TEST_F(PodRunTest, AFolderThatIsNotThereIsAUsageErrorThatNamesTheFlag) {
  TestDay day;
  OrderedPods pods(day.state());
  SpillSpace nowhere("/nowhere/at/all");
  const auto run = PodRun::Write(&pods, &day.state().names, &nowhere);
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(KindOf(run.status()), ErrorKind::kUsage);
  EXPECT_THAT(Message(run.status()), HasSubstr("--spill-dir"));
}

TEST_F(PodRunTest, OfNoPodsIsEmpty) {
  TestDay day;
  EXPECT_THAT(LinesOf(Spill(&day.state(), &*space_).get()), ElementsAre());
}

// Three runs and what is in memory: the same groups as if nothing had been spilled.
TEST_F(MergedPodsTest, AddUpEqualKeysOfAllStreams) {
  TestDay whole, spilled;
  std::vector<std::unique_ptr<PodRun>> runs;
  for (int part = 0; part < 4; ++part) {
    std::vector<TestRow> rows;
    for (int i = 0; i < 300; ++i) {
      const int group = (i * 7 + part * 13) % 40;
      rows.push_back(Pod(group % 5 == 0 ? std::nullopt : std::optional(fmt::format("ns{}", group % 5)),
                         fmt::format("app:{}", group), 0.1 * i + part, fmt::format("i-{}", (i + part) % 3)));
    }
    whole.Pods(rows);
    spilled.Pods(rows);
    if (part < 3) runs.push_back(Spill(&spilled.state(), &*space_));
  }
  OrderedPods expected(whole.state()), in_memory(spilled.state());
  std::vector<PodStream*> streams = {&in_memory};
  for (const auto& run : runs) streams.push_back(run.get());
  MergedPods merged(streams);
  const auto lines = LinesOf(&merged);
  EXPECT_EQ(lines, LinesOf(&expected));
  EXPECT_EQ(lines.size(), 40u);
}

TEST_F(MergedPodsTest, OfNoStreamsIsEmpty) {
  MergedPods merged(std::vector<PodStream*>{});
  FinalPod pod;
  EXPECT_FALSE(merged.Next(&pod).ValueOrDie());
}

TEST_F(MergedPodsTest, TellASumThatLeavesItsRange) {
  TestDay day;
  TestRow row = Pod("s", "", 1);
  row.values = {{kRequestMemory, 1.5e33}};  // the range of byte-seconds is 2.6e33
  day.Pods({row});
  const auto run = Spill(&day.state(), &*space_);
  day.Pods({row});
  OrderedPods in_memory(day.state());
  MergedPods merged(std::vector<PodStream*>{&in_memory, run.get()});
  FinalPod pod;
  ASSERT_TRUE(merged.Next(&pod).ValueOrDie());
  EXPECT_FALSE(pod.in_range);
}

}  // namespace
}  // namespace costream
