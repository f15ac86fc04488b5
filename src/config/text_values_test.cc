#include "config/text_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/error.h"

namespace costream {
namespace {

using ::testing::HasSubstr;

std::string Expanded(const std::string& text) {
  const std::map<std::string, std::string> variables = {{"ORG", "org1"}, {"EMPTY", ""}, {"HOST", "db"}};
  const auto expanded = Expand(text, [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
  return expanded.ok() ? *expanded : "error: " + Message(expanded.status());
}

TEST(TextValues, VariablesAreReplacedAnywhere) {
  EXPECT_EQ(Expanded("data/${ORG}/OCP/${HOST}x"), "data/org1/OCP/dbx");
  EXPECT_EQ(Expanded("plain $ORG {year} }"), "plain $ORG {year} }");
  EXPECT_EQ(Expanded(""), "");
}

TEST(TextValues, TheDefaultStandsForAVariableThatIsUnsetOrEmpty) {
  EXPECT_EQ(Expanded("${NONE:-http://h:9000}/${EMPTY:-x}/${ORG:-y}"), "http://h:9000/x/org1");
  EXPECT_EQ(Expanded("${NONE:-}"), "");
}

TEST(TextValues, AVariableThatIsRequiredMustBeSet) {
  EXPECT_THAT(Expanded("a${NONE}"), HasSubstr("NONE is not set"));
  EXPECT_EQ(Expanded("${EMPTY}"), "");
  EXPECT_THAT(Expanded("${ORG"), HasSubstr("a ${ has no }"));
}

TEST(TextValues, BooleansAreAlsoWords) {
  for (const char* yes : {"true", "True", "yes", "1", "ON"}) EXPECT_TRUE(ParseBool(yes).ValueOrDie()) << yes;
  for (const char* no : {"false", "No", "0", "off"}) EXPECT_FALSE(ParseBool(no).ValueOrDie()) << no;
  EXPECT_THAT(Message(ParseBool("maybe").status()), HasSubstr("'maybe' is neither"));
}

TEST(TextValues, IntegersHaveARange) {
  EXPECT_EQ(ParseInteger("50000", 1, 100000).ValueOrDie(), 50000);
  for (const char* wrong : {"", "0", "100001", "5k", "5.0", "99999999999999999999"}) {
    EXPECT_THAT(Message(ParseInteger(wrong, 1, 100000).status()), HasSubstr("from 1 to 100000")) << wrong;
  }
}

TEST(TextValues, SizesHaveUnitsOf1024) {
  for (const char* same : {"134217728", "134217728b", "131072K", "128MiB", "128Mi", "128 MB", "128m"}) {
    EXPECT_EQ(ParseSize(same).ValueOrDie(), 128 << 20) << same;
  }
  EXPECT_EQ(ParseSize("2TiB").ValueOrDie(), int64_t{2} << 40);
  for (const char* wrong : {"", "MiB", "1.5G", "-1", "1ib", "128Mx", "9999999999G"}) {
    EXPECT_THAT(Message(ParseSize(wrong).status()), HasSubstr("like 256MiB")) << wrong;
  }
}

}  // namespace
}  // namespace costream
