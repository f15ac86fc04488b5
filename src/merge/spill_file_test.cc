#include "merge/spill_file.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "base/test_folder.h"

namespace costream {
namespace {

using testing::HasSubstr;

class SpillFileTest : public FolderTest {};

TEST_F(SpillFileTest, GivesBackWhatWasAppended) {
  SpillSpace space(Path());
  std::string all;
  const auto file = SpillFile::Make(&space).ValueOrDie();
  for (int i = 0; i < 50'000; ++i) {
    const std::string some = std::to_string(i);
    all += some;
    ASSERT_TRUE(file->Append(some).ok());
  }
  ASSERT_TRUE(file->Flush().ok());
  EXPECT_EQ(file->bytes(), static_cast<int64_t>(all.size()));
  EXPECT_EQ(space.bytes(), file->bytes());
  EXPECT_TRUE(std::filesystem::is_empty(Path()));  // it has no name
  const int64_t begin = 1234, end = file->bytes() - 567;
  const std::string expected = all.substr(begin, end - begin);
  SpillReader reader(file.get(), begin, end, 100);
  std::string back;
  for (size_t size = 1; !reader.AtEnd(); size = size % 300 + 1) {
    size = std::min(size, expected.size() - back.size());
    back.append(reader.Peek(size).ValueOrDie(), size);
    reader.Skip(size);
  }
  EXPECT_EQ(back, expected);
  EXPECT_FALSE(reader.Peek(1).ok());
}

TEST_F(SpillFileTest, ManyFilesShareTheLimitOfTheirSpace) {
  SpillSpace space(Path(), 1 << 20);
  const std::string half(size_t{600} << 10, 'x');
  const auto first = SpillFile::Make(&space).ValueOrDie(), second = SpillFile::Make(&space).ValueOrDie();
  ASSERT_TRUE(first->Append(half).ok());
  const auto status = second->Append(half);
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(Message(status), HasSubstr("more than --spill-limit"));
}

TEST_F(SpillFileTest, AFolderThatIsNotThereIsAUsageErrorThatNamesTheFlag) {
  SpillSpace nowhere("/nowhere/at/all");
  const auto file = SpillFile::Make(&nowhere);
  EXPECT_EQ(KindOf(file.status()), ErrorKind::kUsage);
  EXPECT_THAT(Message(file.status()), HasSubstr("--spill-dir"));
}

TEST_F(SpillFileTest, AFullDiskIsAUsageError) {
  SpillSpace space(Path());
  const auto file = SpillFile::Make(&space).ValueOrDie();
  const auto write_beyond = [&] {  // the limit of file sizes stands in for a full disk
    const rlimit limit = {size_t{64} << 10, size_t{64} << 10};
    setrlimit(RLIMIT_FSIZE, &limit);
    signal(SIGXFSZ, SIG_IGN);
    const auto status = file->Append(std::string(size_t{200} << 10, 'x'));
    _exit(KindOf(status) == ErrorKind::kUsage ? 0 : 1);
  };
  EXPECT_EXIT(write_beyond(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace costream
