#include "aggregate/day_labels.h"

#include <gtest/gtest.h>

#include <thread>

#include "aggregate/test_day.h"

namespace costream {
namespace {

using enum TextField;

std::string NodeSet(TestDay* day, std::string_view node) {
  return LabelJson(day->state().labels.Of(DayLabels::kNode, node));
}

TEST(DayLabels, TheLatestLabelSetHoldsWhateverTheOrder) {
  TestDay day;
  day.NodeLabels({{5, {{kNode, "n1"}, {kNodeLabels, "label_a:late"}}, {}},
                  {2, {{kNode, "n1"}, {kNodeLabels, "label_a:z"}}, {}},
                  {9, {{kNode, "n2"}, {kNodeLabels, "label_a:1"}}, {}},
                  {10, {{kNode, "n2"}, {kNodeLabels, ""}}, {}},  // the labels were taken off
                  {11, {{kNodeLabels, "label_a:of no node"}}, {}}});
  EXPECT_EQ(NodeSet(&day, "n1"), R"({"a":"late"})");
  EXPECT_EQ(NodeSet(&day, "n2"), "{}");
  EXPECT_EQ(NodeSet(&day, "n3"), "{}");
  EXPECT_EQ(NodeSet(&day, ""), "{}");
}

TEST(DayLabels, OfEquallyLateSetsANonEmptyThenTheGreatestJsonHolds) {
  TestDay day(LabelFilter(std::vector<std::string>{"a", "b"}));
  day.NodeLabels({{5, {{kNode, "n1"}, {kNodeLabels, "label_a:1"}}, {}},
                  {5, {{kNode, "n1"}, {kNodeLabels, "label_b:0"}}, {}},  // {"b… > {"a…
                  {5, {{kNode, "n1"}, {kNodeLabels, "label_a:2"}}, {}},
                  {5, {{kNode, "n1"}, {kNodeLabels, "label_disabled:z"}}, {}}});
  EXPECT_EQ(NodeSet(&day, "n1"), R"({"b":"0"})");
}

LabelSet SetOf(const std::string& text) { return ParseLabels(text, {})->set; }

// Adds one row.
void Put(DayLabels* labels, DayLabels::Object kind, std::string_view object, int64_t time,
         const std::string& text) {
  const LabelSet set = SetOf(text);
  const std::array<std::string_view, 2> texts = {object, set};
  std::array<StringPool::Id, 2> ids;
  labels->InternAll(texts, ids.data());
  labels->Add(kind, {&ids[0], 1}, {&time, 1}, {&ids[1], 1});
}

TEST(DayLabels, NodesAndNamespacesAreApart) {
  DayLabels labels;
  Put(&labels, DayLabels::kNode, "x", 1, "a:node");
  Put(&labels, DayLabels::kNamespace, "x", 0, "a:namespace");
  EXPECT_EQ(labels.Of(DayLabels::kNode, "x"), SetOf("a:node"));
  EXPECT_EQ(labels.Of(DayLabels::kNamespace, "x"), SetOf("a:namespace"));
  EXPECT_EQ(labels.Of(DayLabels::kNode, "y"), "");
}

TEST(DayLabels, ATimeBeforeTheEpochIsATime) {
  DayLabels labels;
  Put(&labels, DayLabels::kNode, "n", -5, "a:1");
  EXPECT_EQ(labels.Of(DayLabels::kNode, "n"), SetOf("a:1"));
  Put(&labels, DayLabels::kNode, "n", -7, "a:2");
  EXPECT_EQ(labels.Of(DayLabels::kNode, "n"), SetOf("a:1"));
}

TEST(DayLabels, SeveralWorkersMayAdd) {
  DayLabels labels;
  std::vector<std::thread> workers;
  workers.reserve(4);
  for (int worker = 0; worker < 4; ++worker) {
    workers.emplace_back([&labels, worker] {
      for (int i = 0; i < 300; ++i) {
        Put(&labels, DayLabels::kNode, "n" + std::to_string(i % 10), i * 4 + worker,
            "k:" + std::to_string(i * 4 + worker));
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(labels.Of(DayLabels::kNode, "n" + std::to_string(i)),
              SetOf("k:" + std::to_string((290 + i) * 4 + 3)));
  }
}

}  // namespace
}  // namespace costream
