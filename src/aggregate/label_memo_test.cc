#include "aggregate/label_memo.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "base/generation.h"

namespace costream {
namespace {

constexpr int64_t kLimitBytes = int64_t{1} << 20;

// Whose ids the memo gives; counts what it is asked for.
struct Owner {
  StringPool pool;
  uint64_t of = NextGeneration();
  size_t asked = 0;

  uint64_t generation() const { return of; }
  void InternAll(std::span<const std::string_view> texts, StringPool::Id* ids) {
    asked += texts.size();
    pool.InternAll(texts, ids);
  }
};

std::string Json(LabelMemo* memo, std::string_view text, Owner* owner) {
  StringPool::Id id = StringPool::kNull;
  std::string_view bad;
  const arrow::Status status = memo->Map({&text, 1}, owner, &id, &bad);
  if (!status.ok()) return "error of " + std::string(bad);
  return LabelJson(owner->pool.View(id));
}

std::string Json(LabelMemo* memo, std::string_view text) {
  Owner owner;
  return Json(memo, text, &owner);
}

TEST(LabelMemo, GivesTheFilteredSetOfTheText) {
  const LabelFilter filter(std::vector<std::string>{"app"});
  LabelMemo memo(&filter, kLimitBytes);
  for (int round = 0; round < 2; ++round) {  // parsed, then remembered
    EXPECT_EQ(Json(&memo, "label_app:x|label_env:dev"), R"({"app":"x"})");
    EXPECT_EQ(Json(&memo, R"({"env":"dev"})"), "{}");
    EXPECT_EQ(Json(&memo, ""), "{}");
  }
}

TEST(LabelMemo, GivesTheSetsOfAllTextsInTheirOrder) {
  const LabelFilter filter;
  LabelMemo memo(&filter, kLimitBytes);
  const std::vector<std::string_view> texts = {"label_a:1", "", "a:1", "label_b:2", "label_a:1"};
  Owner owner;
  std::vector<StringPool::Id> ids(texts.size());
  std::string_view bad;
  ASSERT_TRUE(memo.Map(texts, &owner, ids.data(), &bad).ok());
  std::vector<std::string_view> sets;
  for (const StringPool::Id id : ids) sets.push_back(owner.pool.View(id));
  EXPECT_EQ(LabelJson(sets[0]), R"({"a":"1"})");
  EXPECT_EQ(sets[1], "");
  EXPECT_EQ(sets[2], sets[0]) << "another spelling of the same set";
  EXPECT_EQ(LabelJson(sets[3]), R"({"b":"2"})");
  EXPECT_EQ(sets[4], sets[0]);
}

TEST(LabelMemo, AnErrorIsOfTheFirstBrokenText) {
  const LabelFilter filter;
  LabelMemo memo(&filter, kLimitBytes);
  const std::vector<std::string_view> texts = {"label_a:1", "{first", "{second"};
  Owner owner;
  std::vector<StringPool::Id> ids(texts.size());
  std::string_view bad;
  EXPECT_FALSE(memo.Map(texts, &owner, ids.data(), &bad).ok());
  EXPECT_EQ(bad, "{first");
}

TEST(LabelMemo, AnErrorStaysAnErrorAndSpoilsNothing) {
  const LabelFilter filter;
  LabelMemo memo(&filter, kLimitBytes);
  EXPECT_EQ(Json(&memo, "label_a:1"), R"({"a":"1"})");
  EXPECT_EQ(Json(&memo, "{broken"), "error of {broken");
  EXPECT_EQ(Json(&memo, "{broken"), "error of {broken");
  EXPECT_EQ(Json(&memo, "label_b:2"), R"({"b":"2"})");
  EXPECT_EQ(Json(&memo, "label_a:1"), R"({"a":"1"})");
}

TEST(LabelMemo, AsksTheOwnerOncePerTextAndGeneration) {
  const LabelFilter filter;
  LabelMemo memo(&filter, kLimitBytes);
  Owner owner;
  for (int round = 0; round < 3; ++round) EXPECT_EQ(Json(&memo, "a:1", &owner), R"({"a":"1"})");
  EXPECT_EQ(owner.asked, 1u);
  owner.pool.Clear();
  owner.of = NextGeneration();
  EXPECT_EQ(Json(&memo, "a:1", &owner), R"({"a":"1"})");
  EXPECT_EQ(owner.asked, 2u);
}

// More distinct texts than it may remember: 24 MiB of them.
TEST(LabelMemo, StaysRightWhenItForgets) {
  const LabelFilter filter;
  LabelMemo memo(&filter, kLimitBytes);
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
