#include "sink/directory_sink.h"

#include <arrow/io/file.h>
#include <arrow/table.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>

#include "base/error.h"
#include "base/test_folder.h"
#include "sink/test_rows.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Day kFirst = DayOf(2025, 11, 1);
constexpr RowKindSet kAll = {};

RunIdentity IdentityOf(const std::string& source) {
  RunIdentity identity;
  identity.source = source;
  return identity;
}

TestRow Row(RowKind kind, Day day, const std::string& node) {
  TestRow row{.texts = {{kNodeColumn, node}, {kDataSource, kind == RowKind::kStorage ? "Storage" : "Pod"}},
              .day = day};
  if (kind == RowKind::kPod) row.texts[kPodLabelsColumn] = "{}";
  return row;
}
TestRow Pod(Day day, const std::string& node) { return Row(RowKind::kPod, day, node); }
TestRow Storage(Day day, const std::string& node) { return Row(RowKind::kStorage, day, node); }
TestRow Unallocated(Day day, const std::string& node) { return Row(RowKind::kUnallocated, day, node); }

class DirectorySinkTest : public FolderTest {
 protected:
  // A run of three days.
  arrow::Status Run(const std::vector<TestRow>& rows, const std::vector<Day>& days, RowKindSet kinds = kAll,
                    SinkOptions options = {}) const {
    const auto sink = MakeDirectorySink(Path("out/"), options);
    ARROW_RETURN_NOT_OK(sink->Begin({IdentityOf("s"), kFirst, kFirst + 2, kinds}));
    if (!rows.empty()) ARROW_RETURN_NOT_OK(sink->Write(RowsOf(rows)));
    return sink->Commit(days);
  }

  std::string FileOf(Day day) const {
    return Path("out/source=s/year=2025/month=11/day=" + FormatDay(day).substr(8) + "/summary.parquet");
  }

  std::shared_ptr<arrow::Table> TableOf(Day day) const {
    const auto file = arrow::io::ReadableFile::Open(FileOf(day)).ValueOrDie();
    const auto reader = parquet::arrow::OpenFile(file, arrow::default_memory_pool()).ValueOrDie();
    return reader->ReadTable().ValueOrDie();
  }

  // The nodes of a day's rows, in their order.
  std::vector<std::string> NodesOf(Day day) const {
    if (!std::filesystem::exists(FileOf(day))) return {};
    const auto table = TableOf(day)->CombineChunks().ValueOrDie();
    const auto& nodes = static_cast<const arrow::StringArray&>(*table->column(kNodeColumn)->chunk(0));
    std::vector<std::string> found;
    for (int64_t i = 0; i < nodes.length(); ++i) found.push_back(nodes.GetString(i));
    return found;
  }
};

TEST_F(DirectorySinkTest, RowsGoToTheFilesOfTheirDays) {
  ASSERT_TRUE(Run({Pod(kFirst, "a"), Storage(kFirst, "b"), Unallocated(kFirst, "c"), Pod(kFirst + 2, "d")},
                  {kFirst, kFirst + 1, kFirst + 2})
                  .ok());
  EXPECT_THAT(NodesOf(kFirst), ElementsAre("a", "b", "c"));
  EXPECT_FALSE(std::filesystem::exists(FileOf(kFirst + 1)));
  EXPECT_THAT(NodesOf(kFirst + 2), ElementsAre("d"));
}

TEST_F(DirectorySinkTest, DaysOutsideTheRunStay) {
  for (const Day day : {kFirst - 1, kFirst, kFirst + 3}) {
    const auto sink = MakeDirectorySink(Path("out/"), {});
    ASSERT_TRUE(sink->Begin({IdentityOf("s"), day, day, kAll}).ok());
    ASSERT_TRUE(sink->Write(RowsOf({Pod(day, "old")})).ok());
    ASSERT_TRUE(sink->Commit({day}).ok());
  }
  ASSERT_TRUE(Run({Pod(kFirst, "new")}, {kFirst}).ok());
  EXPECT_THAT(NodesOf(kFirst), ElementsAre("new"));
  EXPECT_THAT(NodesOf(kFirst + 3), ElementsAre("old"));
  EXPECT_TRUE(std::filesystem::exists(Path("out/source=s/year=2025/month=10/day=31/summary.parquet")));
}

TEST_F(DirectorySinkTest, RowsOfKindsThatAreLeftOutStayInTheirPlace) {
  ASSERT_TRUE(Run({Pod(kFirst, "p"), Storage(kFirst, "s"), Unallocated(kFirst, "u")}, {kFirst}).ok());
  const RowKindSet storage = {false, true, false}, pods = {true, false, true};
  ASSERT_TRUE(Run({Storage(kFirst, "s1"), Storage(kFirst, "s2")}, {kFirst}, storage).ok());
  EXPECT_THAT(NodesOf(kFirst), ElementsAre("p", "s1", "s2", "u"));
  ASSERT_TRUE(Run({Pod(kFirst, "p1")}, {kFirst}, pods).ok());
  EXPECT_THAT(NodesOf(kFirst), ElementsAre("p1", "s1", "s2"));
  ASSERT_TRUE(Run({}, {kFirst}, storage).ok());
  EXPECT_THAT(NodesOf(kFirst), ElementsAre("p1"));
  ASSERT_TRUE(Run({}, {kFirst}, pods).ok());
  EXPECT_FALSE(std::filesystem::exists(FileOf(kFirst)));
}

TEST_F(DirectorySinkTest, KeptDecimalsKeepTheirDigits) {
  TestRow pod = Pod(kFirst, "p"), storage = Storage(kFirst, "s");
  pod.measures[kPodUsageCpuHours] = 123456.7;
  ASSERT_TRUE(Run({pod}, {kFirst}, kAll, {MeasureType::kDecimal}).ok());
  const auto before = TableOf(kFirst)->column(kFirstMeasure);
  ASSERT_TRUE(Run({storage}, {kFirst}, {false, true, false}, {MeasureType::kDecimal}).ok());
  EXPECT_TRUE(TableOf(kFirst)->column(kFirstMeasure)->Slice(0, 1)->Equals(before));
  ASSERT_TRUE(Run({storage}, {kFirst}, {false, true, false}, {MeasureType::kDouble}).ok());
  const auto after = TableOf(kFirst)->column(kFirstMeasure)->chunk(0);
  EXPECT_EQ(static_cast<const arrow::DoubleArray&>(*after).Value(0), 123456.7);
}

TEST_F(DirectorySinkTest, RowsAreReplacedByNothingOnlyWhereThatIsAllowed) {
  ASSERT_TRUE(Run({Pod(kFirst, "a"), Pod(kFirst + 1, "b"), Storage(kFirst + 2, "c")},
                  {kFirst, kFirst + 1, kFirst + 2})
                  .ok());
  const arrow::Status status = Run({Pod(kFirst, "new")}, {kFirst});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(Message(status), HasSubstr("2025-11-02, 2025-11-03"));
  EXPECT_THAT(NodesOf(kFirst), ElementsAre("a"));
  // The third day has no row of these kinds.
  EXPECT_THAT(Message(Run({Pod(kFirst, "new")}, {kFirst}, {true, false, true})), HasSubstr("of 2025-11-02,"));
  SinkOptions allowed;
  allowed.allow_empty = true;
  ASSERT_TRUE(Run({Pod(kFirst, "new")}, {kFirst}, kAll, allowed).ok());
  EXPECT_THAT(NodesOf(kFirst), ElementsAre("new"));
  EXPECT_THAT(NodesOf(kFirst + 1), IsEmpty());
  EXPECT_THAT(NodesOf(kFirst + 2), IsEmpty());
}

TEST_F(DirectorySinkTest, ADayWhoseKeptRowsCannotBeReadIsAUsageErrorThatChangesNothing) {
  ASSERT_TRUE(Run({Pod(kFirst, "a")}, {kFirst}).ok());
  std::ofstream(FileOf(kFirst), std::ios::binary) << "broken";
  const arrow::Status status = Run({Storage(kFirst, "s")}, {kFirst}, {false, true, false});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(Message(status), HasSubstr(FileOf(kFirst)));
  EXPECT_EQ(Contents(FileOf(kFirst)), "broken");
  EXPECT_FALSE(std::filesystem::exists(Path("out/source=s/.costream")));
}

TEST_F(DirectorySinkTest, AValueThatDoesNotFitLeavesNothing) {
  TestRow row = Pod(kFirst, "a");
  row.measures[kClaimGib] = 1e30;
  EXPECT_FALSE(Run({row}, {kFirst}, kAll, {MeasureType::kDecimal}).ok());
  EXPECT_THAT(Names(), IsEmpty());
}

}  // namespace
}  // namespace costream
