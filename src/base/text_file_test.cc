#include "base/text_file.h"

#include <cerrno>

#include "base/test_folder.h"

namespace costream {
namespace {

using TextFileTest = FolderTest;

TEST_F(TextFileTest, IsReadToItsEnd) {
  for (const size_t size : {0, 1, 1 << 16, (1 << 17) + 5}) {
    const std::string text(size, 'x');
    EXPECT_EQ(ReadTextFile(Write("x", text)), text);
  }
}

TEST_F(TextFileTest, WhatCannotBeReadIsNoText) {
  EXPECT_EQ(ReadTextFile(Path("absent")), std::nullopt);
  EXPECT_EQ(errno, ENOENT);
  EXPECT_EQ(ReadTextFile(Path()), std::nullopt);
  EXPECT_EQ(errno, EISDIR);
}

}  // namespace
}  // namespace costream
