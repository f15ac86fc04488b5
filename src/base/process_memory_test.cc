#include "base/process_memory.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace costream
