#include "model/label_set.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

namespace costream {
namespace {

LabelSet Set(std::vector<Label> labels) { return MakeLabelSet(&labels); }

std::string Merged(const std::vector<LabelSet>& sets) {
  const std::vector<std::string_view> views(sets.begin(), sets.end());
  std::string json;
  AppendMergedJson(views, &json);
  return json;
}

TEST(LabelSet, EqualSetsAreEqualTexts) {
  EXPECT_EQ(Set({{"b", "2"}, {"a", "1"}}), Set({{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(Set({{"a", "1"}, {"a", "2"}}), Set({{"a", "2"}})) << "the last of a key counts";
  EXPECT_NE(Set({{"a", "bc"}}), Set({{"ab", "c"}}));
  EXPECT_EQ(Set({}), "");
}

TEST(LabelSet, OtherBytesAreNoSet) {
  const LabelSet two = Set({{"a", "1"}, {"b", "\n"}});
  EXPECT_TRUE(IsLabelSet(two));
  EXPECT_TRUE(IsLabelSet(""));
  for (size_t cut : {1, 7, 8, 9}) EXPECT_FALSE(IsLabelSet(two.substr(0, cut))) << cut;
  EXPECT_FALSE(IsLabelSet(two.substr(0, two.size() - 1)));
  EXPECT_FALSE(IsLabelSet(two + two)) << "keys ascend";
  EXPECT_FALSE(IsLabelSet(Set({{"\xff", "1"}}))) << "no UTF-8";
  for (size_t bit = 0; bit < 2 * 8 * sizeof(uint32_t); ++bit) {  // of the lengths
    LabelSet set = Set({{"a", "1"}});
    set[bit / 8] = static_cast<char>(set[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(IsLabelSet(set)) << bit;
  }
}

TEST(LabelSet, OfMergedSetsTheLastWins) {
  const LabelSet none, abd = Set({{"a", "1"}, {"b", "1"}, {"d", "1"}}), bc = Set({{"b", "2"}, {"c", "2"}}),
                       ac = Set({{"a", "4"}, {"c", "4"}}), a = Set({{"a", "1"}});
  EXPECT_EQ(Merged({abd, bc}), R"({"a":"1","b":"2","c":"2","d":"1"})");
  EXPECT_EQ(Merged({abd, bc, none, ac}), R"({"a":"4","b":"2","c":"4","d":"1"})");
  EXPECT_EQ(Merged({none, a}), R"({"a":"1"})");
  EXPECT_EQ(Merged({a, none}), R"({"a":"1"})");
  EXPECT_EQ(Merged({none, none}), "{}");
  EXPECT_EQ(Merged({}), "{}");
}

TEST(LabelSet, MergedJsonIsAppendedAndEscaped) {
  const LabelSet low = Set({{"{", "q\""}, {"z", "\x01"}}), high = Set({{"a", "x\\y"}});
  std::string json = "before";
  AppendMergedJson(std::array<std::string_view, 2>{low, high}, &json);
  EXPECT_EQ(json, R"(before{"a":"x\\y","z":"\u0001","{":"q\""})");
  AppendMergedJson(std::array<std::string_view, 1>{high}, &json);
  EXPECT_EQ(json, R"(before{"a":"x\\y","z":"\u0001","{":"q\""}{"a":"x\\y"})");
}

// Beyond the number of labels that are sorted in place.
TEST(LabelSet, VeryManyAreSortedToo) {
  std::vector<std::string> keys;
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    keys.push_back(fmt::format("k{:02}", i));
    expected += fmt::format(R"({}"k{:02}":"last")", i == 0 ? "{" : ",", i);
  }
  std::vector<Label> labels;
  for (int i = 99; i >= 0; --i) {
    labels.push_back({keys[i], "first"});
    labels.push_back({keys[i], "last"});
  }
  EXPECT_EQ(LabelJson(MakeLabelSet(&labels)), expected + "}");
}

}  // namespace
}  // namespace costream
