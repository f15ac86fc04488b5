#include "source/layout.h"

#include <gtest/gtest.h>

namespace costream {
namespace {

TEST(PathFacts, AreReadFromTheFlatLayout) {
  const PathFacts facts = FactsOf(
      "data/org1/OCP/source=11111111-2222-4333-8444-555555555555/year=2025/month=11/day=03/"
      "openshift_pod_usage_line_items/0.parquet");
  EXPECT_EQ(facts.org, "org1");
  EXPECT_EQ(facts.source, "11111111-2222-4333-8444-555555555555");
  EXPECT_EQ(facts.year, 2025);
  EXPECT_EQ(facts.month, 11);
  EXPECT_EQ(facts.day, 3);
}

TEST(PathFacts, MonthAndDayNeedNoPadding) {
  const PathFacts facts = FactsOf("source=s/year=2025/month=2/day=9/x.parquet");
  EXPECT_EQ(facts.month, 2);
  EXPECT_EQ(facts.day, 9);
}

TEST(PathFacts, WhatAPathDoesNotSayIsNothing) {
  const PathFacts none = FactsOf("OCP/pods.csv");
  EXPECT_FALSE(none.org || none.source || none.year || none.month || none.day);
  const PathFacts odd = FactsOf("a/year=/month=1x/day=99999999999/x.parquet");
  EXPECT_FALSE(odd.year || odd.month || odd.day);
}

TEST(PathFacts, AnOrgNamedLikeTheProviderIsKept) {
  EXPECT_EQ(FactsOf("data/OCP/OCP/source=s/x.parquet").org, "OCP");
}

TEST(PathFacts, FolderOrFileMaySayDailyOrHourly) {
  EXPECT_EQ(FactsOf("month/daily/pods.parquet").granularity, Granularity::kDaily);
  EXPECT_EQ(FactsOf("daily/x/pods_hourly.parquet").granularity, Granularity::kHourly);
  EXPECT_EQ(FactsOf("notdaily/pods.parquet").granularity, std::nullopt);
}

TEST(TableOf, FlatFoldersNameTheTable) {
  for (const ReportKind kind : kAllReports) {
    const std::string table(SpecOf(kind).table);
    const auto hourly = TableOf("source=s/" + table + "/0.parquet");
    const auto daily = TableOf("source=s/" + table + "_daily/0.parquet");
    ASSERT_TRUE(hourly && daily);
    EXPECT_EQ(hourly->table, (Table{kind, Granularity::kHourly}));
    EXPECT_EQ(daily->table, (Table{kind, Granularity::kDaily}));
    EXPECT_EQ(hourly->layout, Layout::kFlat);
  }
}

TEST(TableOf, KokuFoldersNameTheReportAfterOcp) {
  for (const ReportKind kind : kAllReports) {
    const std::string report(SpecOf(kind).name);
    const auto hourly =
        TableOf("data/parquet/10001/OCP/" + report + "/source=s/year=2025/month=11/0.parquet");
    const auto daily = TableOf("data/parquet/daily/10001/OCP/" + report + "/source=s/year=2025/0.parquet");
    ASSERT_TRUE(hourly && daily);
    EXPECT_EQ(hourly->table, (Table{kind, Granularity::kHourly}));
    EXPECT_EQ(daily->table, (Table{kind, Granularity::kDaily}));
    EXPECT_EQ(daily->layout, Layout::kKoku);
  }
  EXPECT_EQ(FactsOf("data/parquet/daily/10001/OCP/pod_usage/source=s/x.parquet").org, "10001");
}

TEST(TableOf, OtherFoldersNameNone) {
  for (const char* path :
       {"pods.parquet", "pod_usage/0.parquet", "OCP/vm_usage/source=s/0.parquet",
        "openshift_pod_usage_line_items.parquet", "openshift_pod_usage_line_items_daily_old/0.parquet"}) {
    EXPECT_FALSE(TableOf(path)) << path;
  }
}

TEST(NamesOther, FilesOfALayoutThatAreNoReport) {
  EXPECT_TRUE(NamesOther("OCP/vm_usage/source=s/0.parquet"));
  EXPECT_TRUE(NamesOther("openshift_gpu_usage_line_items/0.parquet"));
  EXPECT_FALSE(NamesOther("openshift_pod_usage_line_items/0.parquet"));
  EXPECT_FALSE(NamesOther("openshift/pods.parquet"));
}

TEST(Layout, AFolderIsReadAsItIsWritten) {
  for (const Layout layout : {Layout::kFlat, Layout::kKoku}) {
    for (const ReportKind kind : kAllReports) {
      for (const Granularity granularity : {Granularity::kHourly, Granularity::kDaily}) {
        const std::string path =
            FolderOf(layout, {kind, granularity}, "o", "s", DayOf(2025, 2, 3)) + "/x.parquet";
        ASSERT_TRUE(TableOf(path)) << path;
        EXPECT_EQ(TableOf(path)->table, (Table{kind, granularity})) << path;
        EXPECT_EQ(TableOf(path)->layout, layout) << path;
        const PathFacts facts = FactsOf(path);
        EXPECT_EQ(facts.org, "o") << path;
        EXPECT_EQ(facts.source, "s") << path;
        EXPECT_EQ(facts.month, 2) << path;
        EXPECT_EQ(facts.day.value_or(3), 3) << path;
      }
    }
  }
}

}  // namespace
}  // namespace costream
