#include "aggregate/label_memo.h"

#include <gtest/gtest.h>

#include <string>

namespace costream {
namespace {

std::string Json(LabelMemo* memo, std::string_view text) {
  const auto set = memo->Parse(text);
  return set.ok() ? LabelJson(*set) : "error";
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

TEST(LabelMemo, AnErrorStaysAnErrorAndSpoilsNothing) {
  const LabelFilter filter;
  LabelMemo memo(&filter);
  EXPECT_EQ(Json(&memo, "label_a:1"), R"({"a":"1"})");
  EXPECT_EQ(Json(&memo, "{broken"), "error");
  EXPECT_EQ(Json(&memo, "{broken"), "error");
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
    const auto set = memo.Parse("label_n:" + number + "|label_f:" + filling);
    ASSERT_TRUE(set.ok());
    ASSERT_EQ(LabelJson(*set), R"({"f":")" + filling + R"(","n":")" + number + R"("})");
  }
  EXPECT_EQ(Json(&memo, "label_a:1"), R"({"a":"1"})");
  EXPECT_EQ(Json(&memo, "label_a:1"), R"({"a":"1"})");
}

}  // namespace
}  // namespace costream
