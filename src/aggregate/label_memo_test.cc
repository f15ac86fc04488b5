#include "aggregate/label_memo.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace costream {
namespace {

std::string Json(LabelMemo* memo, std::string_view text) {
  std::vector<std::string_view> sets;
  std::string_view bad;
  const arrow::Status status = memo->ParseAll({&text, 1}, &sets, &bad);
  if (!status.ok()) return "error of " + std::string(bad);
  return LabelJson(sets.at(0));
}

TEST(LabelMemo, GivesTheFilteredSetOfTheText) {
  const LabelFilter filter(std::vector<std::string>{"app"});
  LabelMemo memo(&filter);
  for (int round = 0; round < 2; ++round) {  // parsed, then remembered
    EXPECT_EQ(Json(&memo, "label_app:x|label_env:dev"), R"({"app":"x"})");
    EXPECT_EQ(Json(&memo, R"({"env":"dev"})"), "{}");
    EXPECT_EQ(Json(&memo, ""), "{}");
  }
}

TEST(LabelMemo, GivesTheSetsOfAllTextsInTheirOrder) {
  const LabelFilter filter;
  LabelMemo memo(&filter);
  const std::vector<std::string_view> texts = {"label_a:1", "", "a:1", "label_b:2", "label_a:1"};
  std::vector<std::string_view> sets;
  std::string_view bad;
  ASSERT_TRUE(memo.ParseAll(texts, &sets, &bad).ok());
  ASSERT_EQ(sets.size(), 5u);
  EXPECT_EQ(LabelJson(sets[0]), R"({"a":"1"})");
  EXPECT_EQ(sets[1], "");
  EXPECT_EQ(sets[2], sets[0]) << "another spelling of the same set";
  EXPECT_EQ(LabelJson(sets[3]), R"({"b":"2"})");
  EXPECT_EQ(sets[4], sets[0]);
}

TEST(LabelMemo, AnErrorIsOfTheFirstBrokenText) {
  const LabelFilter filter;
  LabelMemo memo(&filter);
  const std::vector<std::string_view> texts = {"label_a:1", "{first", "{second"};
  std::vector<std::string_view> sets;
  std::string_view bad;
  EXPECT_FALSE(memo.ParseAll(texts, &sets, &bad).ok());
  EXPECT_EQ(bad, "{first");
}

TEST(LabelMemo, AnErrorStaysAnErrorAndSpoilsNothing) {
  const LabelFilter filter;
  LabelMemo memo(&filter);
  EXPECT_EQ(Json(&memo, "label_a:1"), R"({"a":"1"})");
  EXPECT_EQ(Json(&memo, "{broken"), "error of {broken");
  EXPECT_EQ(Json(&memo, "{broken"), "error of {broken");
  EXPECT_EQ(Json(&memo, "label_b:2"), R"({"b":"2"})");
  EXPECT_EQ(Json(&memo, "label_a:1"), R"({"a":"1"})");
}

// More distinct texts than it may remember: 24 MiB of them.
TEST(LabelMemo, StaysRightWhenItForgets) {
  const LabelFilter filter;
  LabelMemo memo(&filter);
  const std::string filling(16 << 10, 'x');
  for (int i = 0; i < 1500; ++i) {
    const std::string number = std::to_string(i);
    ASSERT_EQ(Json(&memo, fmt::format("label_n:{}|label_f:{}", number, filling)),
              fmt::format(R"({{"f":"{}","n":"{}"}})", filling, number));
  }
  EXPECT_EQ(Json(&memo, "label_a:1"), R"({"a":"1"})");
  EXPECT_EQ(Json(&memo, "label_a:1"), R"({"a":"1"})");
}

}  // namespace
}  // namespace costream
