#include "aggregate/code_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

TextDictionary Dictionary(uint64_t generation, std::vector<std::string_view> texts) {
  TextDictionary dictionary;
  dictionary.generation = generation;
  dictionary.texts.insert(dictionary.texts.end(), texts.begin(), texts.end());
  return dictionary;
}

// A map into a pool, which remembers the texts that it was asked for.
class Interning {
 public:
  // The texts of the codes' ids; "(null)" for null.
  std::vector<std::string> Map(const TextDictionary& dictionary, const std::vector<uint32_t>& codes,
                               bool null_is_text = false, uint64_t epoch = 0) {
    asked.clear();
    const arrow::Status status = map_.Map(
        dictionary, codes, epoch, null_is_text,
        [&](std::span<const std::string_view> texts, StringPool::Id* found) {
          asked.assign(texts.begin(), texts.end());
          ARROW_RETURN_NOT_OK(fails);
          pool.InternAll(texts, found);
          return arrow::Status::OK();
        },
        &ids);
    if (!status.ok()) return {"error"};
    std::vector<std::string> texts;
    texts.reserve(ids.size());
    for (const uint32_t id : ids) texts.push_back(id ? std::string(pool.View(id)) : "(null)");
    return texts;
  }

  StringPool pool;
  std::vector<uint32_t> ids;
  std::vector<std::string> asked;  // by the last call
  arrow::Status fails;

 private:
  CodeMap map_;
};

TEST(CodeMap, MapsCodesToTheIdsOfTheirTexts) {
  Interning map;
  map.pool.Intern("shifts the ids");
  EXPECT_THAT(map.Map(Dictionary(1, {"a", ""}), {2, 1, 0, 1}), ElementsAre("", "a", "(null)", "a"));
  EXPECT_EQ(map.ids[1], map.ids[3]);
}

TEST(CodeMap, EachCodeIsLookedUpOnceAndOnlyWhenARowHasIt) {
  Interning map;
  const auto dictionary = Dictionary(1, {"a", "b", "c"});
  map.Map(dictionary, {2, 2, 1, 2});
  EXPECT_THAT(map.asked, UnorderedElementsAre("a", "b"));
  EXPECT_THAT(map.Map(dictionary, {1, 2, 0}), ElementsAre("a", "b", "(null)"));
  EXPECT_THAT(map.asked, ElementsAre());
  EXPECT_THAT(map.Map(dictionary, {3, 1}), ElementsAre("c", "a"));
  EXPECT_THAT(map.asked, ElementsAre("c"));
}

// A dictionary grows from batch to batch while codes already given keep their meaning.
TEST(CodeMap, FollowsADictionaryThatGrows) {
  Interning map;
  map.Map(Dictionary(1, {"a"}), {1});
  const auto id_of_a = map.ids[0];
  EXPECT_THAT(map.Map(Dictionary(1, {"a", "b"}), {2, 1}), ElementsAre("b", "a"));
  EXPECT_EQ(map.ids[1], id_of_a);
  EXPECT_THAT(map.asked, ElementsAre("b"));
}

// The same code means another text in the next file's dictionary.
TEST(CodeMap, ForgetsTheCodesOfAnotherDictionary) {
  Interning map;
  const auto first = Dictionary(1, {"first"}), second = Dictionary(2, {"second"});
  EXPECT_THAT(map.Map(first, {1}), ElementsAre("first"));
  EXPECT_THAT(map.Map(second, {1}), ElementsAre("second"));
  EXPECT_THAT(map.Map(first, {1}), ElementsAre("first"));
}

TEST(CodeMap, ForgetsTheIdsOfAnotherEpoch) {
  Interning map;
  const auto dictionary = Dictionary(1, {"a", "b"});
  EXPECT_THAT(map.Map(dictionary, {1, 2}), ElementsAre("a", "b"));
  map.pool.Clear();
  map.pool.Intern("shifts the ids");
  EXPECT_THAT(map.Map(dictionary, {1, 2}, false, 1), ElementsAre("a", "b"));
}

TEST(CodeMap, SeveralCodesOfOneTextHaveOneId) {
  Interning map;
  EXPECT_THAT(map.Map(Dictionary(1, {"a", "a"}), {1, 2}), ElementsAre("a", "a"));
  EXPECT_EQ(map.ids[0], map.ids[1]);
}

TEST(CodeMap, NullIsLookedUpAsTheEmptyTextWhereAsked) {
  Interning map;
  EXPECT_THAT(map.Map(Dictionary(1, {""}), {0, 1}, true), ElementsAre("", ""));
  EXPECT_EQ(map.ids[0], map.ids[1]);
  EXPECT_THAT(map.Map(Dictionary(1, {""}), {0}, true), ElementsAre(""));
  EXPECT_THAT(map.asked, ElementsAre());
}

TEST(CodeMap, WhatFailedIsAskedAgain) {
  Interning map;
  const auto dictionary = Dictionary(1, {"a", "b"});
  map.Map(dictionary, {1});
  map.fails = InputError("no");
  EXPECT_THAT(map.Map(dictionary, {1, 2}), ElementsAre("error"));
  EXPECT_THAT(map.Map(dictionary, {1, 2}), ElementsAre("error"));
  EXPECT_THAT(map.asked, ElementsAre("b"));
  map.fails = arrow::Status::OK();
  EXPECT_THAT(map.Map(dictionary, {1, 2}), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace costream
