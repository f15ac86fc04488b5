#include "base/utf8.h"

#include <gtest/gtest.h>

namespace costream {
namespace {

TEST(Utf8, KeepsWhatIsValid) {
  for (const char* text : {"", "plain", "gr\xC3\xBC\xC3\x9F", "\xF0\x9F\x98\x80", "\xED\x9F\xBF"}) {
    EXPECT_TRUE(IsCleanUtf8(text));
    EXPECT_EQ(CleanUtf8(text), text);
  }
}

TEST(Utf8, ReplacesEachBrokenSequenceOnce) {
  EXPECT_EQ(CleanUtf8("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(CleanUtf8("a\xF0\x9F\x98"), "a\xEF\xBF\xBD");  // cut in the middle: one replacement
  EXPECT_EQ(CleanUtf8("\xED\xA0\x80"),
            "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate is no character
  EXPECT_EQ(CleanUtf8(std::string_view("a\0b", 3)),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_FALSE(IsCleanUtf8(std::string_view("a\0b", 3)));
  EXPECT_FALSE(IsCleanUtf8("\xC0\x80"));
}

}  // namespace
}  // namespace costream
