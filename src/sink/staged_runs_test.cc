#include "sink/staged_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/test_folder.h"
#include "sink/day_file.h"
#include "sink/staged_days.h"
#include "sink/test_rows.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Day kFirst = DayOf(2025, 11, 1);

class StagedRuns : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    std::filesystem::create_directories(Path("out/.costream-units/run-1"));
  }

  static RunScope Scope(Day first, Day last) { return {{"s", {}, {}, {}}, first, last, {}}; }

  // A unit of one day, staged; each value is the first measure of a row.
  DirectoryOfDays Staged(const std::string& name, Day day, const std::vector<double>& values) const {
    const std::string place = Path("out/.costream-units/run-1/" + name + "/");
    const auto sink = MakeDaysSink(place, {}).ValueOrDie();
    EXPECT_TRUE(sink->Begin(Scope(day, day)).ok());
    std::vector<TestRow> rows;
    for (const double value : values) {
      rows.push_back({{{kDataSource, "Pod"}, {kPodLabelsColumn, "{}"}}, {{0, value}}, day});
    }
    if (!rows.empty()) {
      EXPECT_TRUE(sink->Write(RowsOf(rows)).ok());
    }
    EXPECT_TRUE(sink->Commit({day}).ok());
    return {place, day, day, std::ssize(values), sink->checksum()};
  }

  std::vector<double> Values(const std::string& directory, Day day) const {
    std::vector<double> values;
    const auto days = StagedDays::Look(directory, "s", {}).ValueOrDie();
    EXPECT_TRUE(ReadDayFile(days->FileOf(day), {}, MeasureType::kDouble, [&](const auto& batch) {
                  const auto& column = static_cast<const arrow::DoubleArray&>(*batch.column(kFirstMeasure));
                  for (int64_t i = 0; i < column.length(); ++i) values.push_back(column.Value(i));
                  return arrow::Status::OK();
                }).ok());
    return values;
  }
  std::vector<double> Target(Day day) const { return Values(Path("out/"), day); }

  arrow::Status Replace(const std::vector<DirectoryOfDays>& parts) const {
    return ReplaceByDirectories(Path("out/"), {}, Scope(kFirst, kFirst + 2), parts);
  }

  void Make(const std::string& unit_of_run) const {
    std::filesystem::create_directories(Path("out/.costream-units/" + unit_of_run));
  }
};

TEST_F(StagedRuns, UnitsReplaceTheDaysOfTheScopeTogether) {
  ASSERT_TRUE(Replace({Staged("0", kFirst, {1}), Staged("1", kFirst + 1, {2, 3})}).ok());
  EXPECT_THAT(Target(kFirst), ElementsAre(1));
  EXPECT_THAT(Target(kFirst + 1), ElementsAre(2, 3));
  ASSERT_TRUE(Replace({Staged("2", kFirst, {4}), Staged("3", kFirst + 1, {5})}).ok());
  EXPECT_THAT(Target(kFirst), ElementsAre(4));
  EXPECT_THAT(Target(kFirst + 1), ElementsAre(5));
}

TEST_F(StagedRuns, AUnitThatIsNotThatOfItsManifestReplacesNothing) {
  const DirectoryOfDays first = Staged("0", kFirst, {1}), second = Staged("1", kFirst + 1, {2, 3});
  ASSERT_TRUE(Replace({first, second}).ok());
  const DirectoryOfDays others = Staged("2", kFirst, {7});
  DirectoryOfDays fewer = second, changed = Staged("3", kFirst + 1, {2, 4});
  fewer.rows = 1;
  changed.checksum = second.checksum;
  for (const auto& [wrong, why] : {std::pair(fewer, "2 of 1 rows"), std::pair(changed, "checksum")}) {
    const arrow::Status status = Replace({others, wrong});
    EXPECT_EQ(KindOf(status), ErrorKind::kTransient);
    EXPECT_THAT(Message(status), HasSubstr(wrong.directory));
    EXPECT_THAT(Message(status), HasSubstr(why));
    EXPECT_THAT(Target(kFirst), ElementsAre(1));
    EXPECT_THAT(Target(kFirst + 1), ElementsAre(2, 3));
  }
}

TEST_F(StagedRuns, AnAttemptThatWasGivenUpWritesIntoItsOwnDirectory) {
  const DirectoryOfDays second = Staged("0-2", kFirst, {1});
  Staged("0-1", kFirst, {9});
  ASSERT_TRUE(Replace({second}).ok());
  EXPECT_THAT(Target(kFirst), ElementsAre(1));
}

TEST_F(StagedRuns, AUnitWithoutRowsTakesThoseThatWereThere) {
  ASSERT_TRUE(Replace({Staged("0", kFirst, {1}), Staged("1", kFirst + 1, {2})}).ok());
  const DirectoryOfDays empty = Staged("2", kFirst, {});
  EXPECT_EQ(KindOf(Replace({empty})), ErrorKind::kUsage);  // not without allow_empty
  EXPECT_THAT(Target(kFirst), ElementsAre(1));
}

TEST_F(StagedRuns, ARunIsForgottenWithThoseThatWereAbandoned) {
  for (const char* unit : {"20251101T000000Z-a/0-1", "20251102T000000Z-b/0-1", "20251103T000000Z-c/0-1"})
    Make(unit);
  ASSERT_TRUE(ForgetRuns(Path("out/"), {}, "run-1", "20251102").ok());
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(Path("out/.costream-units"))) {
    left.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(left, testing::UnorderedElementsAre("20251102T000000Z-b", "20251103T000000Z-c"));
  ASSERT_TRUE(ForgetRuns(Path("out/"), {}, "20251103T000000Z-c", "20251103").ok());
  EXPECT_FALSE(std::filesystem::exists(Path("out/.costream-units")));
  EXPECT_TRUE(std::filesystem::exists(Path("out")));
  EXPECT_TRUE(ForgetRuns(Path("out/"), {}, "never-there", "20251103").ok());
}

}  // namespace
}  // namespace costream
