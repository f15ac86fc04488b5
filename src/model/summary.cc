#include "model/summary.h"

#include "base/decimal15.h"

namespace costream {
namespace {

constexpr const char* kMeasureNames[kSummaryMeasures] = {"pod_usage_cpu_core_hours",
                                                         "pod_request_cpu_core_hours",
                                                         "pod_effective_usage_cpu_core_hours",
                                                         "pod_limit_cpu_core_hours",
                                                         "pod_usage_memory_gigabyte_hours",
                                                         "pod_request_memory_gigabyte_hours",
                                                         "pod_effective_usage_memory_gigabyte_hours",
                                                         "pod_limit_memory_gigabyte_hours",
                                                         "node_capacity_cpu_cores",
                                                         "node_capacity_cpu_core_hours",
                                                         "node_capacity_memory_gigabytes",
                                                         "node_capacity_memory_gigabyte_hours",
                                                         "cluster_capacity_cpu_core_hours",
                                                         "cluster_capacity_memory_gigabyte_hours",
                                                         "persistentvolumeclaim_capacity_gigabyte",
                                                         "persistentvolumeclaim_capacity_gigabyte_months",
                                                         "volume_request_storage_gigabyte_months",
                                                         "persistentvolumeclaim_usage_gigabyte_months"};

std::shared_ptr<arrow::Schema> MakeSchema(const std::shared_ptr<arrow::DataType>& text) {
  using arrow::field;
  const auto labels = arrow::utf8();
  arrow::FieldVector fields = {field("uuid", arrow::fixed_size_binary(16), false),
                               field("data_source", text, false),
                               field("usage_start", arrow::date32(), false),
                               field("usage_end", arrow::date32(), false),
                               field("namespace", text),
                               field("node", text),
                               field("resource_id", text),
                               field("persistentvolumeclaim", text),
                               field("persistentvolume", text),
                               field("storageclass", text),
                               field("pod_labels", labels),
                               field("volume_labels", labels),
                               field("all_labels", labels, false),
                               field("cost_category_id", arrow::int64()),
                               field("infrastructure_usage_cost", text),
                               field("report_period_id", arrow::int64()),
                               field("cluster_id", text),
                               field("cluster_alias", text),
                               field("source_uuid", text, false)};
  for (const char* name : kMeasureNames) fields.push_back(field(name, arrow::float64()));
  return arrow::schema(std::move(fields));
}

}  // namespace

const std::shared_ptr<arrow::Schema>& SummarySchema() {
  static const std::shared_ptr<arrow::Schema> schema = MakeSchema(arrow::utf8());
  return schema;
}

const std::shared_ptr<arrow::Schema>& SummaryBatchSchema() {
  static const std::shared_ptr<arrow::Schema> schema =
      MakeSchema(arrow::dictionary(arrow::int32(), arrow::utf8()));
  return schema;
}

std::shared_ptr<arrow::DataType> DecimalMeasureType() {
  return arrow::decimal128(kDecimalPrecision, kDecimalScale);
}

}  // namespace costream
