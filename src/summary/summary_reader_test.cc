#include "summary/summary_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/test_folder.h"
#include "sink/sink.h"
#include "sink/test_rows.h"
#include "summary/test_summary.h"

namespace costream {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

const Day kFirst = DayOf(2025, 11, 1);

// What every place gives back that a sink can write to.
class AnySummary : public FolderTest, public testing::WithParamInterface<const char*> {
 protected:
  void Written(const std::vector<TestRow>& rows) const {
    const auto sink = MakeSink(Path(GetParam()), {}).ValueOrDie();
    RunScope scope;
    scope.identity.source = "s";
    scope.first_day = kFirst;
    scope.last_day = kFirst + 4;
    ASSERT_TRUE(sink->Begin(scope).ok());
    ASSERT_TRUE(sink->Write(RowsOf(rows)).ok());
    ASSERT_TRUE(sink->Commit({}).ok());
  }
  std::unique_ptr<SummaryReader> Opened() const { return OpenSummary(Path(GetParam())).ValueOrDie(); }
};

TEST_P(AnySummary, RowsComeBackByDay) {
  TestRow first{
      .texts = {{kNodeColumn, "n,\"1\"\n"}, {kNamespaceColumn, ""}, {kPodLabelsColumn, R"({"a":"b"})"}},
      .measures = {{kPodUsageCpuHours, 0.1}},
      .day = kFirst,
      .category = 7};
  Written({first,
           {.texts = {{kNodeColumn, "n2"}}, .day = kFirst},
           {.texts = {{kNodeColumn, "n3"}}, .day = kFirst + 3}});
  const auto summary = Opened();
  EXPECT_THAT(summary->Days().ValueOrDie(), ElementsAre(kFirst, kFirst + 3));
  EXPECT_THAT(summary->columns(), Each(true));
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(
        RowsOfDay(summary.get(), kFirst,
                  {kUuid, kUsageStart, kNodeColumn, kNamespaceColumn, kPodLabelsColumn, kCostCategoryId,
                   int{kFirstMeasure} + kPodUsageCpuHours, int{kFirstMeasure} + kClaimGib}),
        ElementsAre(
            "uuid=00112233-4455-8677-8899-aabbccddeeff usage_start=2025-11-01 node=n,\"1\"\n namespace= "
            "pod_labels={\"a\":\"b\"} cost_category_id=7 pod_usage_cpu_core_hours=0.1",
            "uuid=00112233-4455-8677-8899-aabbccddeeff usage_start=2025-11-01 node=n2"));
  }
  EXPECT_THAT(RowsOfDay(summary.get(), kFirst + 3, {kNodeColumn}), ElementsAre("node=n3"));
  EXPECT_THAT(RowsOfDay(summary.get(), kFirst + 1, {kNodeColumn}), IsEmpty());
}

TEST_P(AnySummary, AnErrorOfTheTakerEndsTheReading) {
  Written({{.texts = {}, .day = kFirst}, {.texts = {}, .day = kFirst}});
  int taken = 0;
  const auto status = Opened()->Read(kFirst, [&](const StoredRow&) {
    ++taken;
    return UsageError("enough");
  });
  EXPECT_EQ(Message(status), "enough");
  EXPECT_EQ(taken, 1);
}

TEST_P(AnySummary, OneThatIsNotThereIsAnInputError) {
  const auto summary = OpenSummary(Path(GetParam()));
  ASSERT_FALSE(summary.ok());
  EXPECT_NE(KindOf(summary.status()), ErrorKind::kInternal);
}

INSTANTIATE_TEST_SUITE_P(Places, AnySummary, testing::Values("x.parquet", "x.csv", "x.db", "x/"),
                         [](const auto& test) {
                           const std::string name = test.param;
                           return name == "x/" ? "directory" : name.substr(2);
                         });

TEST(OpenSummary, AnUnknownNameIsAUsageError) {
  EXPECT_EQ(KindOf(OpenSummary("x.txt").status()), ErrorKind::kUsage);
}

}  // namespace
}  // namespace costream
