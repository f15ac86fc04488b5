#include "sink/staged_days.h"

#include <gtest/gtest.h>

namespace costream {
namespace {

const Day kFirst = DayOf(2025, 11, 1);

TEST(StagedDaysRecord, ComesBackAsItWas) {
  const DayChanges changes = {{kFirst, DayChange::kReplace}, {kFirst + 9, DayChange::kRemove}};
  EXPECT_EQ(RecordText(changes), "costream commit 1\nreplace 2025-11-01\nremove 2025-11-10\n");
  EXPECT_EQ(ParseRecord(RecordText(changes)), changes);
  EXPECT_EQ(ParseRecord(RecordText({})), DayChanges());
}

TEST(StagedDaysRecord, AnyOtherTextIsNone) {
  const std::string text = RecordText({{kFirst, DayChange::kReplace}, {kFirst + 1, DayChange::kRemove}});
  for (size_t size = 0; size < text.size(); ++size) {
    const bool whole = size > 0 && text[size - 1] == '\n' && size >= RecordText({}).size();
    EXPECT_EQ(ParseRecord(text.substr(0, size)).has_value(), whole) << size;
  }
  for (const char* other : {"costream commit 2\n", "costream commit 1\nmove 2025-11-01\n",
                            "costream commit 1\nreplace 2025-11-1x\n"}) {
    EXPECT_EQ(ParseRecord(other), std::nullopt) << other;
  }
}

TEST(StagedDaysNames, ASourceIsOneFolderThatHiveReadersDecode) {
  EXPECT_EQ(FolderOfSource("a/b=c %ä"), "source=a%2Fb%3Dc%20%25%C3%A4");
  EXPECT_EQ(FolderOfDay(kFirst), "year=2025/month=11/day=01");
}

}  // namespace
}  // namespace costream
