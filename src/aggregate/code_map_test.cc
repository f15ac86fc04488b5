#include "aggregate/code_map.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace costream {
namespace {

TEST(CodeMap, MapsCodesToTheIdsOfTheirTexts) {
  TextDictionary dictionary;
  dictionary.generation = 1;
  const uint32_t a = dictionary.pool.Intern("a"), empty = dictionary.pool.Intern("");
  StringPool pool;
  pool.Intern("shifts the ids");
  CodeMap map;
  map.Bind(dictionary);
  EXPECT_EQ(pool.View(map.Map(a, &pool)), "a");
  EXPECT_EQ(pool.View(map.Map(empty, &pool)), "");
  EXPECT_NE(map.Map(empty, &pool), StringPool::kNull);
  EXPECT_EQ(map.Map(StringPool::kNull, &pool), StringPool::kNull);
}

// A dictionary grows from batch to batch while codes already given keep their meaning.
TEST(CodeMap, FollowsADictionaryThatGrows) {
  TextDictionary dictionary;
  dictionary.generation = 1;
  StringPool pool;
  CodeMap map;
  const uint32_t a = dictionary.pool.Intern("a");
  map.Bind(dictionary);
  const StringPool::Id id_of_a = map.Map(a, &pool);
  const uint32_t b = dictionary.pool.Intern("b");
  map.Bind(dictionary);
  EXPECT_EQ(pool.View(map.Map(b, &pool)), "b");
  EXPECT_EQ(map.Map(a, &pool), id_of_a);
}

// The same code means another text in the next file's dictionary.
TEST(CodeMap, ForgetsTheCodesOfAnotherDictionary) {
  TextDictionary first, second;
  first.generation = 1;
  second.generation = 2;
  const uint32_t code = first.pool.Intern("first");
  ASSERT_EQ(second.pool.Intern("second"), code);
  StringPool pool;
  CodeMap map;
  map.Bind(first);
  EXPECT_EQ(pool.View(map.Map(code, &pool)), "first");
  map.Bind(second);
  EXPECT_EQ(pool.View(map.Map(code, &pool)), "second");
  map.Bind(first);
  EXPECT_EQ(pool.View(map.Map(code, &pool)), "first");
}

TEST(CodeMap, ByAFunctionEachCodeIsLookedUpOnce) {
  TextDictionary dictionary;
  dictionary.generation = 1;
  const uint32_t a = dictionary.pool.Intern("a"), b = dictionary.pool.Intern("b");
  CodeMap map;
  map.Bind(dictionary);
  int calls = 0;
  const auto function = [&](std::string_view text) -> arrow::Result<StringPool::Id> {
    ++calls;
    return text == "a" ? 10 : 20;
  };
  EXPECT_EQ(*map.MapBy(a, function), 10);
  EXPECT_EQ(*map.MapBy(b, function), 20);
  EXPECT_EQ(*map.MapBy(a, function), 10);
  EXPECT_EQ(calls, 2);
}

TEST(CodeMap, AFunctionThatFailsIsAskedAgain) {
  TextDictionary dictionary;
  dictionary.generation = 1;
  const uint32_t a = dictionary.pool.Intern("a");
  CodeMap map;
  map.Bind(dictionary);
  const auto fails = [](std::string_view) -> arrow::Result<StringPool::Id> { return InputError("no"); };
  EXPECT_FALSE(map.MapBy(a, fails).ok());
  EXPECT_FALSE(map.MapBy(a, fails).ok());
}

}  // namespace
}  // namespace costream
