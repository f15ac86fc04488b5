#include "summary/static_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/test_folder.h"
#include "base/units.h"
#include "sink/test_rows.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Day kFirst = DayOf(2025, 11, 1);

class StaticReportTest : public FolderTest {
 protected:
  // Of November 2025; the input ends with its second day.
  arrow::Result<FixedTotals> Read(const std::string& generator) const {
    const std::string text = "generators:\n- OCPGenerator:\n    start_date: last_month\n" + generator;
    return ReadStaticReport(Write("x.yml", text),
                            {kFirst, DayOf(2025, 11, 30), (kFirst + 2) * kMicrosPerDay});
  }
  // Of a pod on a node of 4 cores and 8 GiB.
  FixedTotal Pod(const std::string& pod, const std::string& node = "cpu_cores: 4, memory_gig: 8, ") const {
    const auto totals = Read("    nodes: [{node_name: n, " + node + "namespaces: {s: {pods: [{pod_name: p, " +
                             pod + "}]}}}]\n");
    EXPECT_TRUE(totals.ok()) << totals.status();
    EXPECT_EQ(totals->at({true, "n"}).values, totals->at({false, "s"}).values);
    return totals->at({false, "s"});
  }
  FixedTotals Volumes(const std::string& nodes) const { return Read("    nodes: " + nodes).ValueOrDie(); }
};

TEST_F(StaticReportTest, PodValuesTimesHoursAndSeconds) {
  const FixedTotal total =
      Pod("pod_seconds: 1800, cpu_usage: {full_period: 1}, cpu_request: 2, cpu_limit: 3, "
          "mem_usage_gig: {full_period: 4}, mem_request_gig: 5, mem_limit_gig: 6");
  EXPECT_THAT(total.values, ElementsAre(24, 48, 72, 96, 120, 144, 0, 0, 0));
  EXPECT_THAT(total.open, testing::Each(false));
}

TEST_F(StaticReportTest, LimitsCapRequestsAndUsageAndTheNodeCapsLimits) {
  const FixedTotal total =
      Pod("pod_seconds: 3600, cpu_usage: {full_period: 9}, cpu_request: 9, cpu_limit: 9, "
          "mem_usage_gig: {full_period: 9}, mem_request_gig: 9");
  EXPECT_THAT(total.values, ElementsAre(192, 192, 192, 384, 384, 384, 0, 0, 0));
}

TEST_F(StaticReportTest, WhatIsDrawnAtRandomIsOpen) {
  EXPECT_THAT(Pod("pod_seconds: 3600, cpu_usage: {full_period: 0}").open,
              ElementsAre(true, true, false, true, true, false, false, false, false));
  EXPECT_THAT(Pod("cpu_limit: 1, cpu_request: 1").open,
              ElementsAre(true, true, true, true, true, true, false, false, false));
  EXPECT_THAT(Pod("pod_seconds: 3600, cpu_limit: 1, cpu_request: 1", "memory_gig: 8, ").open,
              ElementsAre(true, true, true, true, true, false, false, false, false));
}

TEST_F(StaticReportTest, UsageByDateIsFixedWhereEveryDayHasOne) {
  EXPECT_DOUBLE_EQ(Pod("pod_seconds: 3600, cpu_usage: {2025-11-01: 1, 2025-11-02: 2}").values[0], 72);
  EXPECT_DOUBLE_EQ(Pod("pod_seconds: 3600, cpu_usage: {2025-11-02: 2, full_period: 1}").values[0], 72);
  EXPECT_TRUE(Pod("pod_seconds: 3600, cpu_usage: {2025-11-01: 1}").open[0]);
  EXPECT_TRUE(Pod("pod_seconds: 3600, cpu_usage: {11-01-2025: 9, full_period: 1}").open[0]);
}

TEST_F(StaticReportTest, ClaimsCountOnTheNodeOfTheirPod) {
  const FixedTotals totals = Volumes(
      "[{node_name: n, namespaces: {s: {pods: [{pod_name: p}], volumes: [{volume_name: v, "
      "volume_request_gig: 30, "
      "volume_claims: [{pod_name: p, capacity_gig: 15, volume_claim_usage_gig: {full_period: 60}}]}]}}}]\n");
  const auto& of_node = totals.at({true, "n"}).values;
  EXPECT_DOUBLE_EQ(of_node[6], 1);
  EXPECT_DOUBLE_EQ(of_node[7], 2);
  EXPECT_DOUBLE_EQ(of_node[8], 1);
  EXPECT_DOUBLE_EQ(totals.at({false, "s"}).values[7], 2);
}

TEST_F(StaticReportTest, AVolumeOnSeveralNodesIsOpen) {
  const std::string space =
      "{pods: [{pod_name: P}], volumes: [{volume_name: v, volume_claims: [{pod_name: P}]}]}";
  const auto named = [&](const char* pod) {
    std::string text = space;
    for (size_t at; (at = text.find('P')) != std::string::npos;) text.replace(at, 1, pod);
    return text;
  };
  const FixedTotals totals = Volumes("[{node_name: n, namespaces: {s: " + named("a") +
                                     "}}, {node_name: m, namespaces: {t: " + named("b") + "}}]\n");
  for (const auto& [of, total] : totals) EXPECT_TRUE(total.open[7]) << of.name;
}

TEST_F(StaticReportTest, ANodeWithoutNamespacesIsOpen) {
  EXPECT_THAT(Volumes("[{node_name: n, cpu_cores: 4}]\n").at({true, "n"}).open, testing::Each(true));
}

TEST_F(StaticReportTest, TheLastHourMustBeWhole) {
  const auto totals = Read(
      "    end_date: 2025-11-01 23:00\n    nodes: [{node_name: n, cpu_cores: 1, memory_gig: 1, "
      "namespaces: {s: {pods: [{pod_name: p, pod_seconds: 3600}]}}}]\n");
  EXPECT_EQ(totals->at({true, "n"}).values[2], 23);
}

TEST_F(StaticReportTest, ADateThatDependsOnTheDayIsAUsageError) {
  const auto status = Read("    end_date: \"{{ echo_orig_end }}\"\n").status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(Message(status), HasSubstr("x.yml:4: end_date '{{ echo_orig_end }}' is no date"));
}

TEST(CheckTotals, SumsPodAndStorageRowsOnly) {
  const auto row = [](const char* space, bool unallocated) {
    TestRow out{{{kNamespaceColumn, space}, {kNodeColumn, "n"}}, {{kPodUsageCpuHours, 2}}};
    if (!unallocated) out.texts[kInfrastructureUsageCostColumn] = "{}";
    return out;
  };
  SummedRows sums;
  sums.Add(*RowsOf({row("s", false), row("t", false), row("s", true)}));
  EXPECT_EQ(sums.Of({true, "n"}, 0), 4);
  EXPECT_EQ(sums.Of({false, "s"}, 0), 2);
  EXPECT_EQ(sums.Of({false, "absent"}, 0), 0);

  FixedTotals fixed;
  FixedTotal& total = fixed[{false, "s"}];
  total.open.fill(true);
  EXPECT_EQ(KindOf(CheckTotals("x.yml", fixed, sums, {}).status()), ErrorKind::kUsage);
  total.open[0] = false;
  total.values[0] = 2.0001;
  EXPECT_TRUE(CheckTotals("x.yml", fixed, sums, {}).ok());
  total.values[0] = 2.001;
  const auto status = CheckTotals("x.yml", fixed, sums, {}).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kAnomaly);
  EXPECT_THAT(Message(status), HasSubstr("namespace s: cpu usage"));
  EXPECT_THAT(Message(status), HasSubstr("-0.0500 %"));
}

TEST_F(StaticReportTest, AFileThatCannotBeReadIsAnInputErrorThatNamesIt) {
  for (const std::string& path : {Path("absent.yml"), Path()}) {
    const auto status = ReadStaticReport(path, {kFirst, kFirst, 0}).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kInput);
    EXPECT_THAT(Message(status), HasSubstr(path + ": cannot be read: "));
  }
  EXPECT_THAT(Message(ReadStaticReport(Write("x.yml", "a: 1\n"), {kFirst, kFirst, 0}).status()),
              HasSubstr("x.yml: has no 'generators'"));
  EXPECT_THAT(Message(ReadStaticReport(Write("x.yml", "a: [\n"), {kFirst, kFirst, 0}).status()),
              HasSubstr("x.yml:2: "));
}

}  // namespace
}  // namespace costream
