#include "base/machine.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <thread>

namespace costream {
namespace {

TEST(Machine, HasSomeMemoryAndNotMoreThanIsBuiltIn) {
  EXPECT_GT(AvailableMemoryBytes(), int64_t{1} << 20);
  EXPECT_LE(AvailableMemoryBytes(), int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE));
}

TEST(Machine, CountsOnlyProcessorsThatItMayRunOn) {
  EXPECT_GE(AvailableProcessors(), 1);
  int pinned = 0;
  std::thread([&] {  // the affinity is of the thread
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    pinned = AvailableProcessors();
  })
      .join();
  EXPECT_EQ(pinned, 1);
}

}  // namespace
}  // namespace costream
