#include "aggregate/day_labels.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace costream
