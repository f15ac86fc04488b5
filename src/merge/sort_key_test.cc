#include "merge/sort_key.h"

#include <gtest/gtest.h>

#include <vector>

namespace costream {
namespace {

using namespace std::string_literals;
using Text = std::optional<std::string>;

std::string KeyOf(const std::vector<Text>& row) {
  std::string key;
  for (const Text& text : row) AppendField(text, &key);
  return key;
}

// In order.
const std::vector<Text> kTexts = {"",    "\0"s,      "\0\0"s, "\0\xFF"s, "a",    "a\0"s,      "a\0b"s,
                                  "a\1", "a\1\xFF"s, "ab",    "b",       "\xC3", "\xFF\xFF"s, std::nullopt};

TEST(SortKey, HasTheOrderOfTheTextsInTurn) {
  std::vector<std::string> keys;
  for (const Text& first : kTexts) {
    for (const Text& second : kTexts) keys.push_back(KeyOf({first, second}));
  }
  for (size_t i = 1; i < keys.size(); ++i) EXPECT_LT(keys[i - 1], keys[i]) << i;
}

TEST(SortKey, GivesItsTextsBack) {
  for (const Text& first : kTexts) {
    for (const Text& second : kTexts) {
      const std::string key = KeyOf({first, second}) + "rest\0"s;
      std::string_view rest = key;
      std::string decoded, also_decoded;
      EXPECT_EQ(TextOfField(TakeField(&rest), &decoded), first);
      EXPECT_EQ(TextOfField(TakeField(&rest), &also_decoded), second);
      EXPECT_EQ(rest, "rest\0"s);
    }
  }
}

}  // namespace
}  // namespace costream
