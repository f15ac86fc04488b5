#include "model/like.h"

#include <gtest/gtest.h>

namespace costream {
namespace {

TEST(Like, MatchesAsSqlDoes) {
  EXPECT_TRUE(LikeMatches("openshift-%", "openshift-"));
  EXPECT_TRUE(LikeMatches("%", ""));
  EXPECT_TRUE(LikeMatches("a%b%c", "a-b-b-c"));
  EXPECT_FALSE(LikeMatches("a%b%c", "a-c-b"));
  EXPECT_TRUE(LikeMatches("a_c", "abc"));
  EXPECT_TRUE(LikeMatches("a_c",
                          "a\xC3\xA9"
                          "c"));  // one character of two bytes
  EXPECT_FALSE(LikeMatches("a_c", "ac"));
  EXPECT_TRUE(LikeMatches("50\\%", "50%"));
  EXPECT_FALSE(LikeMatches("50\\%", "50x"));
  EXPECT_TRUE(LikeMatches("a\\\\b", "a\\b"));
  EXPECT_TRUE(LikeMatches("%\\_x", "a_x"));
  EXPECT_FALSE(LikeMatches("Kube", "kube"));
  EXPECT_FALSE(LikeMatches("", "x"));
}

TEST(Like, ADanglingBackslashIsAConfigurationError) {
  EXPECT_FALSE(CheckLikePattern("a\\").ok());
  EXPECT_TRUE(CheckLikePattern("a\\\\").ok());
}

TEST(Like, StaysFastOnHostilePatterns) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "%a";
  EXPECT_FALSE(LikeMatches(pattern + "b", std::string(20000, 'a')));
}

}  // namespace
}  // namespace costream
