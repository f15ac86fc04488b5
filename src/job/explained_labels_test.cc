#include "job/explained_labels.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

ReferenceData Enabling(std::vector<std::string> keys) {
  ReferenceData reference;
  reference.enabled_tag_keys = std::move(keys);
  return reference;
}

LabelSet SetOf(ExplainedLabels* labels, const char* text) { return labels->Parse(text).ValueOrDie()->set; }

TEST(ExplainedLabels, TellsTheKeysThatAreNotEnabled) {
  ExplainedLabels labels(Enabling({"app"}));
  const auto* parsed = labels.Parse("label_app:a|label_secret:x|label_zone:z").ValueOrDie();
  EXPECT_EQ(LabelJson(parsed->set), R"({"app":"a"})");
  EXPECT_THAT(parsed->other_keys, ElementsAre("secret", "zone"));
  EXPECT_EQ(labels.Parse("label_app:a|label_secret:x|label_zone:z").ValueOrDie(), parsed);
  EXPECT_EQ(SetOf(&labels, ""), labels.Parse(std::nullopt).ValueOrDie()->set);
  EXPECT_EQ(KindOf(labels.Parse("{\"app\"").status()), ErrorKind::kInput);
}

TEST(ExplainedLabels, TheLatestSetHoldsAndComesFirst) {
  ExplainedLabels labels(ReferenceData{});
  labels.Add(DayLabels::kNode, "n", SetOf(&labels, "app:early"), 1, "a.csv");
  labels.Add(DayLabels::kNode, "n", SetOf(&labels, "app:late"), 3, "b.csv");
  labels.Add(DayLabels::kNode, "n", SetOf(&labels, "app:early"), 2, "b.csv");
  labels.Add(DayLabels::kNamespace, "n", SetOf(&labels, "app:other"), 9, "c.csv");
  const auto sets = labels.Sets(DayLabels::kNode, "n");
  ASSERT_EQ(sets.size(), 2);
  EXPECT_EQ(sets[0].labels, R"({"app":"late"})");
  EXPECT_TRUE(sets[0].won);
  EXPECT_FALSE(sets[1].won);
  EXPECT_EQ(sets[1].rows, 2);
  EXPECT_EQ(sets[1].first_micros, 1);
  EXPECT_EQ(sets[1].last_micros, 2);
  EXPECT_THAT(sets[1].files, ElementsAre("a.csv", "b.csv"));
  EXPECT_EQ(LabelJson(labels.Of(DayLabels::kNode, "n")), R"({"app":"late"})");
  EXPECT_THAT(labels.Sets(DayLabels::kNode, "other"), IsEmpty());
  EXPECT_EQ(labels.Of(DayLabels::kNode, std::nullopt), "");
}

TEST(ExplainedLabels, AKeyIsOfTheLastThatSetsIt) {
  ExplainedLabels labels(ReferenceData{});
  const LabelSet node = SetOf(&labels, "app:n|zone:z"), pod = SetOf(&labels, "app:p");
  std::map<std::string, ExplainedLabel> keys;
  AddLabelKeys(std::array<LabelLevel, 3>{{{"node", node}, {"namespace", ""}, {"pod", pod}}}, &keys);
  ASSERT_EQ(keys.size(), 2);
  EXPECT_EQ(keys["app"].value, "p");
  EXPECT_EQ(keys["app"].from, "pod");
  EXPECT_THAT(keys["app"].beaten, ElementsAre(Pair("node", "n")));
  EXPECT_EQ(keys["zone"].from, "node");
  EXPECT_THAT(keys["zone"].beaten, IsEmpty());
}

}  // namespace
}  // namespace costream
