#include "base/process_memory.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace costream {
namespace {

int64_t ResidentFileBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    int64_t kib = 0;
    if (word == "RssFile:" && status >> kib) return kib * 1024;
  }
  return 0;
}

TEST(ProcessMemory, ThePeakIsNeverBelowWhatIsResident) {
  EXPECT_GE(PeakResidentBytes(), ResidentBytes() / 2);
}

TEST(ProcessMemory, LibraryPagesGoBackAndComeAgain) {
  const int64_t before = ResidentFileBytes();
  ReleaseLibraryPages();
  EXPECT_LT(ResidentFileBytes(), before / 2);
  EXPECT_EQ(std::to_string(before), std::to_string(before)) << "code still runs";
}

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
