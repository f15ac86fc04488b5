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

TEST(Utf8, ControlsAreShownAndNotObeyed) {
  EXPECT_EQ(Printable("caf\xC3\xA9 \xE2\x82\xAC"), "caf\xC3\xA9 \xE2\x82\xAC");
  EXPECT_EQ(Printable("a\x1b[31mb\n\x7f"), "a\\x1b[31mb\\x0a\\x7f");
  EXPECT_EQ(Printable("a\n\tb", "\n"), "a\n\\x09b");
  EXPECT_EQ(Printable("a\xC2\x9B"
                      "31m"),
            "a\\x9b31m")
      << "the one-byte form of ESC [";
  EXPECT_EQ(Printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(Printable("\xC2"), "\xC2");
}

}  // namespace
}  // namespace costream
