#include "job/plan.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "job/test_report_files.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kHourly = 0, kDaily = 1;

class PlanTest : public ReportFiles {
 protected:
  // A pod row of November 2025 as CSV.
  RunOptions Csv() {
    RunOptions options;
    options.inputs = {Write("pods.csv", std::string(kPodHeader) + PodLine("2025-11-01 00:00:00", "n1", 1))};
    options.source = "s";
    options.month = Month{2025, 11};
    return options;
  }
  RunOptions Tree() {
    RunOptions options;
    options.inputs = {Path("data")};
    return options;
  }

  void ExpectError(const RunOptions& options, ErrorKind kind, const std::string& part,
                   const ReferenceData& reference = {}) {
    const auto plan = MakePlan(options, reference);
    ASSERT_FALSE(plan.ok());
    EXPECT_EQ(KindOf(plan.status()), kind) << plan.status();
    EXPECT_THAT(Message(plan.status()), HasSubstr(part));
  }
};

TEST_F(PlanTest, AMonthIsAllItsDays) {
  const auto plan = MakePlan(Csv(), {});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(FormatDay(plan->first_day), "2025-11-01");
  EXPECT_EQ(FormatDay(plan->last_day), "2025-11-30");
  EXPECT_EQ(plan->roles.size(), 30);
  EXPECT_EQ(plan->files, 1);
  ASSERT_EQ(plan->units.size(), 1);
  EXPECT_EQ(plan->identity.source, "s");
}

TEST_F(PlanTest, StartAndEndNarrowTheMonthAndGiveIt) {
  RunOptions options = Csv();
  options.month.reset();
  options.start = DayOf(2025, 11, 3);
  EXPECT_EQ(FormatDay(MakePlan(options, {})->last_day), "2025-11-30");
  options.end = DayOf(2025, 11, 4);
  EXPECT_EQ(MakePlan(options, {})->roles.size(), 2);
  options.start.reset();
  EXPECT_EQ(FormatDay(MakePlan(options, {})->first_day), "2025-11-01");
}

TEST_F(PlanTest, ConflictingDatesAreAUsageError) {
  RunOptions options = Csv();
  options.start = DayOf(2025, 11, 9);
  options.end = DayOf(2025, 11, 3);
  ExpectError(options, ErrorKind::kUsage, "--start 2025-11-09 is after --end 2025-11-03");
  options.end = DayOf(2025, 12, 1);
  ExpectError(options, ErrorKind::kUsage, "must lie in the month 2025-11");
  options.start = DayOf(2025, 10, 31);
  options.end.reset();
  ExpectError(options, ErrorKind::kUsage, "must lie in the month 2025-11");
}

TEST_F(PlanTest, FlagsBeatTheReferenceFilesDays) {
  ReferenceData reference;
  reference.month = Month{2025, 10};
  reference.start = DayOf(2025, 10, 5);
  reference.end = DayOf(2025, 10, 6);
  RunOptions options = Csv();
  EXPECT_EQ(MakePlan(options, reference)->roles.size(), 30);  // the whole of --month
  options.month.reset();
  EXPECT_EQ(FormatDay(MakePlan(options, reference)->first_day), "2025-10-05");
  EXPECT_EQ(FormatDay(MakePlan(options, reference)->last_day), "2025-10-06");
}

TEST_F(PlanTest, AnUnknownMonthOrSourceIsAUsageErrorThatSaysWhatToGive) {
  RunOptions options = Csv();
  options.month.reset();
  ExpectError(options, ErrorKind::kUsage, "give --month");
  options = Csv();
  options.source.reset();
  ExpectError(options, ErrorKind::kUsage, "give --source");
  options.source = "";
  ExpectError(options, ErrorKind::kUsage, "give --source");
}

TEST_F(PlanTest, NamesThatAreNoTextAreAUsageError) {
  RunOptions options = Csv();
  options.source = "s\xff";
  ExpectError(options, ErrorKind::kUsage, "the source 's\xef\xbf\xbd' is no valid UTF-8 text");
  options = Csv();
  options.cluster_id = std::string("c\0", 2);
  ExpectError(options, ErrorKind::kUsage, "the cluster id 'c");
  options = Csv();
  options.cluster_alias = "\xc3";
  ExpectError(options, ErrorKind::kUsage, "the cluster alias '");
}

TEST_F(PlanTest, PathsGiveSourceAndMonth) {
  WritePods("org1/OCP/source=abc/year=2025/month=11/day=01", Granularity::kHourly, {At(11, 1, 0)});
  const auto plan = MakePlan(Tree(), {});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->identity.source, "abc");
  EXPECT_EQ(FormatMonth(plan->month), "2025-11");
}

TEST_F(PlanTest, SeveralMonthsInPathsNeedAChoice) {
  WritePods("o/OCP/source=a/year=2025/month=11/day=01", Granularity::kHourly, {At(11, 1, 0)});
  WritePods("o/OCP/source=a/year=2025/month=12/day=01", Granularity::kHourly, {At(12, 1, 0)});
  ExpectError(Tree(), ErrorKind::kUsage, "2 months: 2025-11, 2025-12; choose one with --month");
  RunOptions options = Tree();
  options.month = Month{2025, 12};
  EXPECT_EQ(MakePlan(options, {})->units.size(), 1);  // statistics rule the other file out
}

TEST_F(PlanTest, MixedSourcesNeedAChoice) {
  WritePods("o/OCP/source=a/year=2025/month=11/day=01", Granularity::kHourly, {At(11, 1, 0)});
  WritePods("o/OCP/source=b/year=2025/month=11/day=01", Granularity::kHourly, {At(11, 1, 0)});
  ExpectError(Tree(), ErrorKind::kUsage, "several sources: a, b; choose one with --source");
  RunOptions options = Tree();
  options.source = "b";
  EXPECT_EQ(MakePlan(options, {})->files, 1);
  options.source = "c";
  ExpectError(options, ErrorKind::kInput, "no report of source c");
  ReferenceData reference;
  reference.source = "a";
  EXPECT_EQ(MakePlan(Tree(), reference)->identity.source, "a");
}

// The file names the cluster as the platform does; only a flag chooses strictly.
TEST_F(PlanTest, TheReferenceFilesSourceNamesTheRowsWithAWarning) {
  WritePods("o/OCP/source=a/year=2025/month=11/day=01", Granularity::kHourly, {At(11, 1, 0)});
  ReferenceData reference;
  reference.source = "other";
  const auto plan = MakePlan(Tree(), reference);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->identity.source, "other");
  EXPECT_EQ(plan->units.size(), 1);
  EXPECT_THAT(plan->warnings, testing::Contains(HasSubstr("rows carry the latter")));
}

TEST_F(PlanTest, SeveralOrganizationsNeedAChoice) {
  WritePods("o1/OCP/source=a/year=2025/month=11/day=01", Granularity::kHourly, {At(11, 1, 0)});
  WritePods("o2/OCP/source=b/year=2025/month=11/day=01", Granularity::kHourly, {At(11, 1, 0)});
  ExpectError(Tree(), ErrorKind::kUsage, "several organizations: o1, o2; choose one with --org");
  RunOptions options = Tree();
  options.org = "o2";
  EXPECT_EQ(MakePlan(options, {})->identity.source, "b");
  ReferenceData reference;
  reference.org = "o1";
  EXPECT_EQ(MakePlan(Tree(), reference)->identity.source, "a");
}

// With --source given, the files of another organization must not make an empty summary of it.
TEST_F(PlanTest, AnOrganizationThatNoPathNamesIsAnInputError) {
  WritePods("o1/OCP/source=a/year=2025/month=11/day=01", Granularity::kHourly, {At(11, 1, 0)});
  RunOptions options = Tree();
  options.org = "o3";
  options.source = "a";
  options.month = Month{2025, 11};
  ExpectError(options, ErrorKind::kInput, "no report of organization o3");
}

TEST_F(PlanTest, AnEmptyDirectoryOrAMissingPathIsAnInputError) {
  RunOptions options = Csv();
  std::filesystem::create_directories(root_ / "empty");
  options.inputs = {Path("empty")};
  ExpectError(options, ErrorKind::kInput, "no report found");
  options.inputs = {Path("missing")};
  ExpectError(options, ErrorKind::kInput, "no such file or directory");
}

TEST_F(PlanTest, CsvFilesThatAreNoReportAreIgnoredWithANote) {
  RunOptions options = Csv();
  options.inputs.push_back(Write("other.csv", "a,b\n1,2\n"));
  const auto plan = MakePlan(options, {});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->files, 1);
  EXPECT_THAT(plan->notes, testing::Contains(HasSubstr("1 CSV files are none of the reports")));
  EXPECT_THAT(plan->notes, testing::Contains(HasSubstr("no rows of the storage_usage report")));
}

TEST_F(PlanTest, TheTableIsChosenDayByDay) {
  const std::string place = "o/OCP/source=a/year=2025/month=11/day=01";
  WritePods(place, Granularity::kHourly, {At(11, 1, 0), At(11, 1, 5), At(11, 2, 0)});
  WritePods(place, Granularity::kDaily, {At(11, 2, 0), At(11, 3, 0)});
  RunOptions options = Tree();
  const auto plan = MakePlan(options, {});
  ASSERT_TRUE(plan.ok()) << plan.status();
  const auto usage = [](const Plan& of, int day) { return of.RolesOf(DayOf(2025, 11, day)).pod_usage; };
  const auto capacity = [&](int day) { return plan->RolesOf(DayOf(2025, 11, day)).pod_capacity; };
  EXPECT_THAT(usage(*plan, 1), ElementsAre(true, false));  // only hourly rows
  EXPECT_THAT(usage(*plan, 2), ElementsAre(false, true));  // both: daily
  EXPECT_THAT(usage(*plan, 3), ElementsAre(false, true));
  EXPECT_THAT(capacity(1), ElementsAre(true, false));
  EXPECT_THAT(capacity(2), ElementsAre(true, false));  // both: hourly
  EXPECT_THAT(capacity(3), ElementsAre(false, true));
  EXPECT_THAT(plan->warnings, ElementsAre(AllOf(HasSubstr("capacity of 1 days"), HasSubstr("(2025-11-03)"))));
  options.usage_from = UsageFrom::kHourly;
  const auto forced = MakePlan(options, {});
  for (int day = 1; day <= 3; ++day) {
    EXPECT_TRUE(usage(*forced, day)[kHourly]) << day;
    EXPECT_FALSE(usage(*forced, day)[kDaily]) << day;
  }
}

TEST_F(PlanTest, RowGroupsThatHoldNoDayOfTheRunAreNoUnits) {
  WritePods("o/OCP/source=a/year=2025/month=11/day=01", Granularity::kHourly,
            {At(10, 31, 23), At(11, 1, 0), At(11, 2, 0), At(11, 3, 0)}, 1, 1);
  RunOptions options = Tree();
  EXPECT_EQ(MakePlan(options, {})->units.size(), 3);
  options.start = options.end = DayOf(2025, 11, 2);
  const auto plan = MakePlan(options, {});
  ASSERT_EQ(plan->units.size(), 1);
  EXPECT_EQ(plan->units[0].first_day, DayOf(2025, 11, 2));
  EXPECT_EQ(plan->rows, 1);
}

// Only where the layout is guaranteed: by default a row's day is that of its interval_start.
TEST_F(PlanTest, PathsRuleFilesOutOnlyWhereTheyAreTrusted) {
  WritePods("o/OCP/source=a/year=2025/month=10/day=31", Granularity::kHourly, {At(11, 1, 0)});
  RunOptions options = Tree();
  options.month = Month{2025, 11};
  EXPECT_EQ(MakePlan(options, {})->units.size(), 1);
  options.trust_paths = true;
  EXPECT_THAT(MakePlan(options, {})->units, IsEmpty());
}

TEST_F(PlanTest, StorageAndLabelsComeBeforePods) {
  RunOptions options = Csv();
  options.inputs.push_back(Write("node_labels.csv", "interval_start,node,node_labels\n"));
  options.inputs.push_back(
      Write("storage.csv",
            "interval_start,namespace,pod,persistentvolumeclaim,persistentvolumeclaim_capacity_byte_seconds,"
            "volume_request_storage_byte_seconds,persistentvolumeclaim_usage_byte_seconds\n"));
  const auto plan = MakePlan(options, {});
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->units.size(), 3);
  EXPECT_EQ(plan->units.back().kind, ReportKind::kPod);
  EXPECT_TRUE(plan->units.back().columns.Has(TextField::kPod));  // needed to find a claim's nodes
  options.rows.storage = false;
  const auto without = MakePlan(options, {});
  EXPECT_EQ(without->units.size(), 2);
  EXPECT_FALSE(without->units.back().columns.Has(TextField::kPod));
}

TEST_F(PlanTest, FlagsBeatTheReferenceFilesIdentity) {
  ReferenceData reference;
  reference.source = "from the file";
  reference.cluster_id = "cluster of the file";
  reference.cluster_alias = "alias of the file";
  reference.report_period_id = 1;
  RunOptions options = Csv();
  options.cluster_id = "cluster of the flag";
  options.report_period_id = 2;
  const RunIdentity identity = MakePlan(options, reference)->identity;
  EXPECT_EQ(identity.source, "s");
  EXPECT_EQ(identity.cluster_id, "cluster of the flag");
  EXPECT_EQ(identity.cluster_alias, "alias of the file");
  EXPECT_EQ(identity.report_period_id, 2);
}

}  // namespace
}  // namespace costream
