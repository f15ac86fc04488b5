#include "merge/record_sort.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/test_folder.h"

namespace costream {
namespace {

using Records = std::vector<std::pair<std::string, std::string>>;

class RecordSortTest : public FolderTest {};

Records RandomRecords(int count) {
  std::mt19937 random(1);
  Records records;
  for (int i = 0; i < count; ++i) {
    std::string key(random() % 20, '\0');
    for (char& byte : key) byte = static_cast<char>(random() % 3 == 0 ? 255 : random() % 3);
    records.emplace_back(key, std::string(random() % 100, static_cast<char>('a' + i % 26)));
  }
  return records;
}

Records Sorted(const Records& records, RecordSort* sort) {
  for (const auto& [key, value] : records) EXPECT_TRUE(sort->Add(key, value).ok());
  EXPECT_TRUE(sort->Finish().ok());
  Records sorted;
  while (sort->Next().ValueOrDie()) sorted.emplace_back(sort->key(), sort->value());
  EXPECT_FALSE(sort->Next().ValueOrDie());  // and stays at the end
  return sorted;
}

TEST_F(RecordSortTest, OrdersByTheBytesOfKeys) {
  const Records records = RandomRecords(3000);
  Records expected = records;
  std::sort(expected.begin(), expected.end());
  for (const size_t bytes : {size_t{1}, size_t{70'000}, size_t{100'000}, size_t{100} << 20}) {
    SpillSpace space(Path());
    RecordSort sort(&space, bytes);
    Records sorted = Sorted(records, &sort);
    EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end(),
                               [](const auto& a, const auto& b) { return a.first < b.first; }));
    std::sort(sorted.begin(), sorted.end());  // values of equal keys come in any order
    EXPECT_EQ(sorted, expected) << bytes;
    EXPECT_EQ(space.bytes() > 0, bytes < size_t{1} << 20);
  }
  EXPECT_TRUE(std::filesystem::is_empty(Path()));
}

TEST_F(RecordSortTest, TakesARecordLargerThanItsMemory) {
  SpillSpace space(Path());
  RecordSort sort(&space, 10'000);
  const std::string large(1 << 20, 'x');
  EXPECT_EQ(Sorted({{"b", large}, {"a", "1"}, {large, "2"}}, &sort),
            (Records{{"a", "1"}, {"b", large}, {large, "2"}}));
}

TEST_F(RecordSortTest, OfNothingIsEmpty) {
  SpillSpace space(Path());
  RecordSort sort(&space, 10'000);
  EXPECT_TRUE(Sorted({}, &sort).empty());
}

TEST_F(RecordSortTest, TellsThatItCannotSpill) {
  SpillSpace space("/nowhere/at/all");
  RecordSort sort(&space, 1);
  ASSERT_TRUE(sort.Add("a", "").ok());
  EXPECT_EQ(KindOf(sort.Add("b", "")), ErrorKind::kUsage);
}

}  // namespace
}  // namespace costream
