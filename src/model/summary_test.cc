#include "model/summary.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace costream {
namespace {

TEST(SummarySchema, EnumsAreThePositionsOfTheirColumns) {
  const arrow::Schema& schema = *SummarySchema();
  ASSERT_EQ(schema.num_fields(), kFirstMeasure + kSummaryMeasures);
  const auto name = [&](int column) { return schema.field(column)->name(); };
  EXPECT_EQ(name(kUuid), "uuid");
  EXPECT_EQ(name(kDataSource), "data_source");
  EXPECT_EQ(name(kUsageStart), "usage_start");
  EXPECT_EQ(name(kUsageEnd), "usage_end");
  EXPECT_EQ(name(kNamespaceColumn), "namespace");
  EXPECT_EQ(name(kNodeColumn), "node");
  EXPECT_EQ(name(kResourceIdColumn), "resource_id");
  EXPECT_EQ(name(kClaimColumn), "persistentvolumeclaim");
  EXPECT_EQ(name(kVolumeColumn), "persistentvolume");
  EXPECT_EQ(name(kStorageClassColumn), "storageclass");
  EXPECT_EQ(name(kPodLabelsColumn), "pod_labels");
  EXPECT_EQ(name(kVolumeLabelsColumn), "volume_labels");
  EXPECT_EQ(name(kAllLabelsColumn), "all_labels");
  EXPECT_EQ(name(kCostCategoryId), "cost_category_id");
  EXPECT_EQ(name(kInfrastructureUsageCostColumn), "infrastructure_usage_cost");
  EXPECT_EQ(name(kReportPeriodId), "report_period_id");
  EXPECT_EQ(name(kClusterId), "cluster_id");
  EXPECT_EQ(name(kClusterAlias), "cluster_alias");
  EXPECT_EQ(name(kSourceUuid), "source_uuid");
}

TEST(SummarySchema, MeasureEnumsAreThePositionsOfTheirColumns) {
  const auto name = [](int measure) { return SummarySchema()->field(kFirstMeasure + measure)->name(); };
  EXPECT_EQ(name(kPodUsageCpuHours), "pod_usage_cpu_core_hours");
  EXPECT_EQ(name(kPodRequestCpuHours), "pod_request_cpu_core_hours");
  EXPECT_EQ(name(kPodEffectiveCpuHours), "pod_effective_usage_cpu_core_hours");
  EXPECT_EQ(name(kPodLimitCpuHours), "pod_limit_cpu_core_hours");
  EXPECT_EQ(name(kPodUsageGibHours), "pod_usage_memory_gigabyte_hours");
  EXPECT_EQ(name(kPodRequestGibHours), "pod_request_memory_gigabyte_hours");
  EXPECT_EQ(name(kPodEffectiveGibHours), "pod_effective_usage_memory_gigabyte_hours");
  EXPECT_EQ(name(kPodLimitGibHours), "pod_limit_memory_gigabyte_hours");
  EXPECT_EQ(name(kNodeCoresMax), "node_capacity_cpu_cores");
  EXPECT_EQ(name(kNodeCpuHours), "node_capacity_cpu_core_hours");
  EXPECT_EQ(name(kNodeGibMax), "node_capacity_memory_gigabytes");
  EXPECT_EQ(name(kNodeGibHours), "node_capacity_memory_gigabyte_hours");
  EXPECT_EQ(name(kClusterCpuHours), "cluster_capacity_cpu_core_hours");
  EXPECT_EQ(name(kClusterGibHours), "cluster_capacity_memory_gigabyte_hours");
  EXPECT_EQ(name(kClaimGib), "persistentvolumeclaim_capacity_gigabyte");
  EXPECT_EQ(name(kClaimGibMonths), "persistentvolumeclaim_capacity_gigabyte_months");
  EXPECT_EQ(name(kVolumeRequestGibMonths), "volume_request_storage_gigabyte_months");
  EXPECT_EQ(name(kClaimUsageGibMonths), "persistentvolumeclaim_usage_gigabyte_months");
}

// docs/output.md: the columns that are never null.
TEST(SummarySchema, OnlyWhatEveryRowHasMayNotBeNull) {
  std::set<std::string> never;
  for (const auto& field : SummarySchema()->fields()) {
    if (!field->nullable()) never.insert(field->name());
  }
  EXPECT_EQ(never, (std::set<std::string>{"uuid", "data_source", "usage_start", "usage_end", "all_labels",
                                          "source_uuid"}));
}

TEST(SummarySchema, TypesAreThoseOfTheDocumentation) {
  EXPECT_TRUE(SummarySchema()->field(kUuid)->type()->Equals(arrow::fixed_size_binary(16)));
  EXPECT_TRUE(SummarySchema()->field(kUsageStart)->type()->Equals(arrow::date32()));
  EXPECT_TRUE(SummarySchema()->field(kReportPeriodId)->type()->Equals(arrow::int64()));
  EXPECT_TRUE(SummarySchema()->field(kPodLabelsColumn)->type()->Equals(arrow::utf8()));
  for (int i = 0; i < kSummaryMeasures; ++i) {
    EXPECT_TRUE(SummarySchema()->field(kFirstMeasure + i)->type()->Equals(arrow::float64())) << i;
  }
}

TEST(SummarySchema, BatchesHaveTheTextsButLabelsAsDictionariesAndElseTheSame) {
  const auto& batches = SummaryBatchSchema();
  ASSERT_EQ(batches->num_fields(), SummarySchema()->num_fields());
  for (int i = 0; i < batches->num_fields(); ++i) {
    const auto& field = *batches->field(i);
    const auto& type = SummarySchema()->field(i)->type();
    EXPECT_EQ(field.name(), SummarySchema()->field(i)->name());
    EXPECT_EQ(field.nullable(), SummarySchema()->field(i)->nullable());
    const bool labels = field.name().ends_with("_labels");
    EXPECT_TRUE(field.type()->Equals(type->id() == arrow::Type::STRING && !labels
                                         ? arrow::dictionary(arrow::int32(), arrow::utf8())
                                         : type))
        << field.name();
  }
}

TEST(SummarySchema, DecimalsHaveTheDigitsOfTheDocumentation) {
  EXPECT_TRUE(DecimalMeasureType()->Equals(arrow::decimal128(33, 15)));
}

TEST(SummarySchema, TheInfrastructureCostIsThreeZeros) {
  EXPECT_EQ(kInfrastructureUsageCost,
            R"({"cpu": 0.000000000, "memory": 0.000000000, "storage": 0.000000000})");
}

}  // namespace
}  // namespace costream
