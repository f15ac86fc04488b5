#include "summary/row_key.h"

#include <gtest/gtest.h>

namespace costream {
namespace {

RowKeys AllColumns() { return RowKeys(std::vector<bool>(kFirstMeasure, true)); }

TEST(CanonicalJson, SpellingsOfAValueAreOne) {
  EXPECT_EQ(CanonicalJson(R"({"b": 0.000, "a":"x"})"), CanonicalJson(R"({"a":"x","b":0})"));
  EXPECT_EQ(CanonicalJson(R"({"a":"\u0041"})"), CanonicalJson(R"({"a":"A"})"));
  EXPECT_NE(CanonicalJson(R"({"a":"0"})"), CanonicalJson(R"({"a":0})"));
  EXPECT_NE(CanonicalJson(R"({"a":null})"), CanonicalJson("{}"));
}

TEST(CanonicalJson, WhatIsNoJsonIsItself) {
  EXPECT_EQ(CanonicalJson("{"), "{");
  const std::string deep(1'000'000, '[');
  EXPECT_EQ(CanonicalJson(deep), deep);
}

TEST(RowKeys, NullAndEmptyAndTheNextColumnAreDifferent) {
  RowKeys keys = AllColumns();
  StoredRow null, empty, node, space;
  empty.texts[kNodeColumn] = "";
  node.texts[kNodeColumn] = "a";
  space.texts[kNamespaceColumn] = "a";
  EXPECT_NE(keys.KeyOf(null), keys.KeyOf(empty));
  EXPECT_NE(keys.KeyOf(node), keys.KeyOf(space));
  EXPECT_EQ(keys.KeyOf(node), keys.KeyOf(StoredRow(node)));
}

TEST(RowKeys, AttributesAreNoPartOfTheKeyNorIsTheUuid) {
  RowKeys keys = AllColumns();
  StoredRow a, b;
  b.texts[kUuid] = "x";
  b.texts[kClusterAlias] = "x";
  EXPECT_EQ(keys.KeyOf(a), keys.KeyOf(b));
  EXPECT_NE(keys.AttributesOf(a), keys.AttributesOf(b));
  std::vector<bool> columns(kFirstMeasure, true);
  columns[kClusterAlias] = false;
  RowKeys others(columns);
  EXPECT_EQ(others.AttributesOf(a), others.AttributesOf(b));
}

TEST(RowKeys, EveryColumnIsAKeyAnAttributeOrTheUuid) {
  EXPECT_EQ(kKeyColumns.size() + kAttributes.size() + 1, size_t{kFirstMeasure});
}

}  // namespace
}  // namespace costream
