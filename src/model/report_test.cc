#include "model/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace costream {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::string> Required(ReportKind kind) {
  std::vector<std::string> names;
  for (const auto& column : SpecOf(kind).text) {
    if (column.required) names.emplace_back(column.name);
  }
  for (const auto& column : SpecOf(kind).measures) {
    if (column.required) names.emplace_back(column.name);
  }
  return names;
}

TEST(ReportSpec, RequiredColumnsAreThoseOfTheSpecification) {
  EXPECT_THAT(Required(ReportKind::kPod),
              UnorderedElementsAre("namespace", "node", "pod", "pod_usage_cpu_core_seconds",
                                   "pod_request_cpu_core_seconds", "pod_usage_memory_byte_seconds",
                                   "pod_request_memory_byte_seconds"));
  EXPECT_THAT(Required(ReportKind::kStorage),
              UnorderedElementsAre(
                  "namespace", "pod", "persistentvolumeclaim", "persistentvolumeclaim_capacity_byte_seconds",
                  "volume_request_storage_byte_seconds", "persistentvolumeclaim_usage_byte_seconds"));
  EXPECT_THAT(Required(ReportKind::kNodeLabels), UnorderedElementsAre("node", "node_labels"));
  EXPECT_THAT(Required(ReportKind::kNamespaceLabels), UnorderedElementsAre("namespace", "namespace_labels"));
}

TEST(ReportSpec, ThirteenMeasuresMakeAnHourlyRowAnAnomaly) {
  std::vector<std::string> checked;
  for (const ReportKind kind : kAllReports) {
    for (const auto& column : SpecOf(kind).measures) {
      if (column.anomaly_checked) checked.emplace_back(column.name);
    }
  }
  EXPECT_THAT(
      checked,
      UnorderedElementsAre(
          "pod_usage_cpu_core_seconds", "pod_request_cpu_core_seconds", "pod_limit_cpu_core_seconds",
          "pod_usage_memory_byte_seconds", "pod_request_memory_byte_seconds", "pod_limit_memory_byte_seconds",
          "node_capacity_cpu_core_seconds", "node_capacity_memory_bytes", "node_capacity_memory_byte_seconds",
          "persistentvolumeclaim_capacity_bytes", "persistentvolumeclaim_capacity_byte_seconds",
          "volume_request_storage_byte_seconds", "persistentvolumeclaim_usage_byte_seconds"));
  EXPECT_EQ(kLargestHourlyValue, 1e18);
}

TEST(ReportSpec, ReportsAreToldApartByTable) {
  std::set<std::string_view> tables, telling;
  for (const ReportKind kind : kAllReports) {
    EXPECT_EQ(SpecOf(kind).kind, kind);
    EXPECT_EQ(SpecOf(kind).table, "openshift_" + std::string(SpecOf(kind).name) + "_line_items");
    tables.insert(SpecOf(kind).table);
    telling.insert(SpecOf(kind).telling_column);
  }
  EXPECT_EQ(tables.size(), 4);
  EXPECT_THAT(telling, UnorderedElementsAre("pod_usage_cpu_core_seconds", "persistentvolumeclaim",
                                            "node_labels", "namespace_labels"));
}

// A CSV with the telling column of two reports could not be told.
TEST(ReportSpec, NoReportHasTheTellingColumnOfAnother) {
  for (const ReportKind kind : kAllReports) {
    for (const ReportKind other : kAllReports) {
      int found = 0;
      for (const auto& column : SpecOf(other).text) found += column.name == SpecOf(kind).telling_column;
      for (const auto& column : SpecOf(other).measures) found += column.name == SpecOf(kind).telling_column;
      EXPECT_EQ(found, kind == other ? 1 : 0) << SpecOf(kind).name << " in " << SpecOf(other).name;
    }
  }
}

TEST(ReportSpec, EveryColumnHasOneName) {
  std::set<std::string_view> names;
  for (int i = 0; i < kTextFields; ++i) names.insert(NameOf(static_cast<TextField>(i)));
  for (int i = 0; i < kMeasures; ++i) names.insert(NameOf(static_cast<Measure>(i)));
  EXPECT_EQ(names.size(), kTextFields + kMeasures);
  EXPECT_FALSE(names.contains(""));
  EXPECT_EQ(NameOf(TextField::kVolumeHandle), "csi_volume_handle");
  EXPECT_EQ(NameOf(Measure::kEffectiveMemory), "pod_effective_usage_memory_byte_seconds");
  EXPECT_EQ(NameOf(Granularity::kHourly), "hourly");
  EXPECT_EQ(NameOf(Granularity::kDaily), "daily");
}

// The nodes of a claim are those of its pod (spec: "volume nodes").
TEST(ReportSpec, TheStorageReportsOwnNodeIsNotRead) {
  for (const auto& column : SpecOf(ReportKind::kStorage).text) EXPECT_NE(column.field, TextField::kNode);
}

TEST(ReportSpec, LabelReportsHaveNoMeasures) {
  EXPECT_THAT(SpecOf(ReportKind::kNodeLabels).measures, IsEmpty());
  EXPECT_THAT(SpecOf(ReportKind::kNamespaceLabels).measures, IsEmpty());
}

TEST(TellReport, GoesByTheTellingColumn) {
  for (const ReportKind kind : kAllReports) {
    EXPECT_EQ(TellReport({"interval_start", std::string(SpecOf(kind).telling_column), "extra"}), kind);
  }
  EXPECT_EQ(TellReport({"interval_start", "node", "namespace", "pod", "vm_name"}), std::nullopt);
  EXPECT_EQ(TellReport({}), std::nullopt);
  EXPECT_EQ(TellReport({"usage_start", "data_source", "persistentvolumeclaim"}), std::nullopt) << "a summary";
}

TEST(ColumnSet, UnitesTextsAndMeasures) {
  ColumnSet a, b;
  a.Add(TextField::kNode);
  a.Add(Measure::kUsageCpu);
  b.Add(TextField::kPod);
  b.Add(Measure::kUsageCpu);
  a |= b;
  EXPECT_TRUE(a.Has(TextField::kNode) && a.Has(TextField::kPod) && a.Has(Measure::kUsageCpu));
  EXPECT_FALSE(a.Has(TextField::kNamespace) || a.Has(Measure::kRequestCpu));
  EXPECT_FALSE(b.Has(TextField::kNode));
  EXPECT_EQ(a.text.count(), 2);
  EXPECT_EQ(a.measures.count(), 1);
}

}  // namespace
}  // namespace costream
