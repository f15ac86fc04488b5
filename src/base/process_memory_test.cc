#include "base/process_memory.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace costream {
namespace {

TEST(ProcessMemory, AForkedProcessMeasuresItself) {
  const int64_t before = ResidentBytes();
  ASSERT_GT(before, 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::string large(size_t{64} << 20, 'x');
    const bool grown = ResidentBytes() > before + (int64_t{32} << 20);
    _exit(grown && large.back() == 'x' ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_LT(ResidentBytes(), before + (int64_t{32} << 20));
}

}  // namespace
}  // namespace costream
