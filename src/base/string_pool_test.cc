#include "base/string_pool.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace costream {
namespace {

TEST(StringPool, EqualBytesHaveOneId) {
  StringPool pool;
  const auto id = pool.Intern("node-1");
  EXPECT_EQ(pool.Intern(std::string("node-") + "1"), id);
  EXPECT_NE(pool.Intern("node-2"), id);
  EXPECT_EQ(pool.Find("node-3"), StringPool::kNull);
  EXPECT_EQ(pool.View(id), "node-1");
}

TEST(StringPool, TheEmptyStringIsNotNull) {
  StringPool pool;
  EXPECT_NE(pool.Intern(""), StringPool::kNull);
  EXPECT_EQ(pool.Intern(""), pool.Intern(std::string_view()));
}

TEST(StringPool, HoldsManyAndLargeTexts) {
  StringPool pool;
  for (int i = 0; i < 100'000; ++i) pool.Intern("text-" + std::to_string(i));
  const auto large = pool.Intern(std::string(3 << 20, 'x'));
  EXPECT_EQ(pool.size(), 100'002u);
  EXPECT_EQ(pool.View(pool.Find("text-77777")), "text-77777");
  EXPECT_EQ(pool.View(large).size(), size_t{3} << 20);
  pool.Clear();
  EXPECT_EQ(pool.Find("text-1"), StringPool::kNull);
}

TEST(StringPool, ManyAtOnceHaveTheIdsOfOneByOne) {
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i) texts.push_back(i % 10 == 0 ? "" : "text-" + std::to_string(i % 300));
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  StringPool one_by_one, at_once;
  one_by_one.Intern("text-7");
  at_once.Intern("text-7");
  std::vector<StringPool::Id> expected, ids(views.size());
  expected.reserve(views.size());
  for (const std::string_view text : views) expected.push_back(one_by_one.Intern(text));
  at_once.InternAll(views, ids.data());
  EXPECT_EQ(ids, expected);
  EXPECT_EQ(at_once.size(), one_by_one.size());
  at_once.InternAll({}, nullptr);
  EXPECT_EQ(at_once.size(), one_by_one.size());
}

TEST(StringPool, OrdersByBytesNullLast) {
  StringPool pool;
  const auto a = pool.Intern("a"), b = pool.Intern("b"), umlaut = pool.Intern("\xC3\xBC");
  EXPECT_LT(CompareNullLast(pool, a, b), 0);
  EXPECT_LT(CompareNullLast(pool, b, umlaut), 0);  // bytes, not signed chars
  EXPECT_GT(CompareNullLast(pool, StringPool::kNull, umlaut), 0);
  EXPECT_EQ(MaxText(pool, StringPool::kNull, a), a);
  EXPECT_EQ(MaxText(pool, umlaut, a), umlaut);
}

}  // namespace
}  // namespace costream
