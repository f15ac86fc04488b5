#include "model/report.h"

#include <algorithm>

namespace costream {
namespace {

constexpr TextColumnSpec kPodText[] = {
    {TextField::kNamespace, "namespace", true},
    {TextField::kNode, "node", true},
    {TextField::kPod, "pod", true},
    {TextField::kResourceId, "resource_id"},
    {TextField::kNodeRole, "node_role"},
    {TextField::kPodLabels, "pod_labels"},
};
constexpr MeasureColumnSpec kPodMeasures[] = {
    {Measure::kUsageCpu, "pod_usage_cpu_core_seconds", true},
    {Measure::kRequestCpu, "pod_request_cpu_core_seconds", true},
    {Measure::kLimitCpu, "pod_limit_cpu_core_seconds"},
    {Measure::kUsageMemory, "pod_usage_memory_byte_seconds", true},
    {Measure::kRequestMemory, "pod_request_memory_byte_seconds", true},
    {Measure::kLimitMemory, "pod_limit_memory_byte_seconds"},
    {Measure::kEffectiveCpu, "pod_effective_usage_cpu_core_seconds", false, false},
    {Measure::kEffectiveMemory, "pod_effective_usage_memory_byte_seconds", false, false},
    {Measure::kNodeCores, "node_capacity_cpu_cores", false, false},
    {Measure::kNodeCoreSeconds, "node_capacity_cpu_core_seconds"},
    {Measure::kNodeBytes, "node_capacity_memory_bytes"},
    {Measure::kNodeByteSeconds, "node_capacity_memory_byte_seconds"},
};
constexpr TextColumnSpec kStorageText[] = {
    {TextField::kNamespace, "namespace", true},
    {TextField::kPod, "pod", true},
    {TextField::kClaim, "persistentvolumeclaim", true},
    {TextField::kVolume, "persistentvolume"},
    {TextField::kStorageClass, "storageclass"},
    {TextField::kVolumeHandle, "csi_volume_handle"},
    {TextField::kVolumeLabels, "persistentvolume_labels"},
    {TextField::kClaimLabels, "persistentvolumeclaim_labels"},
};
constexpr MeasureColumnSpec kStorageMeasures[] = {
    {Measure::kClaimBytes, "persistentvolumeclaim_capacity_bytes"},
    {Measure::kClaimByteSeconds, "persistentvolumeclaim_capacity_byte_seconds", true},
    {Measure::kVolumeRequest, "volume_request_storage_byte_seconds", true},
    {Measure::kClaimUsage, "persistentvolumeclaim_usage_byte_seconds", true},
};
constexpr TextColumnSpec kNodeLabelsText[] = {
    {TextField::kNode, "node", true},
    {TextField::kNodeLabels, "node_labels", true},
};
constexpr TextColumnSpec kNamespaceLabelsText[] = {
    {TextField::kNamespace, "namespace", true},
    {TextField::kNamespaceLabels, "namespace_labels", true},
};

constexpr ReportSpec kSpecs[kReportKinds] = {
    {ReportKind::kPod, "pod_usage", "openshift_pod_usage_line_items", "pod_usage_cpu_core_seconds", kPodText,
     kPodMeasures},
    {ReportKind::kStorage, "storage_usage", "openshift_storage_usage_line_items", "persistentvolumeclaim",
     kStorageText, kStorageMeasures},
    {ReportKind::kNodeLabels,
     "node_labels",
     "openshift_node_labels_line_items",
     "node_labels",
     kNodeLabelsText,
     {}},
    {ReportKind::kNamespaceLabels,
     "namespace_labels",
     "openshift_namespace_labels_line_items",
     "namespace_labels",
     kNamespaceLabelsText,
     {}},
};

}  // namespace

ColumnSet& ColumnSet::operator|=(const ColumnSet& other) {
  text |= other.text;
  measures |= other.measures;
  return *this;
}

const ReportSpec& SpecOf(ReportKind kind) { return kSpecs[static_cast<size_t>(kind)]; }

std::string_view NameOf(TextField field) {
  for (const ReportSpec& spec : kSpecs) {
    for (const TextColumnSpec& column : spec.text) {
      if (column.field == field) return column.name;
    }
  }
  return "";
}

std::string_view NameOf(Measure measure) {
  for (const ReportSpec& spec : kSpecs) {
    for (const MeasureColumnSpec& column : spec.measures) {
      if (column.measure == measure) return column.name;
    }
  }
  return "";
}

std::optional<ReportKind> TellReport(const std::vector<std::string>& columns) {
  const auto has = [&](std::string_view name) { return std::ranges::find(columns, name) != columns.end(); };
  if (has("usage_start")) return std::nullopt;
  for (const ReportKind kind : kAllReports) {
    if (has(SpecOf(kind).telling_column)) return kind;
  }
  return std::nullopt;
}

std::string_view NameOf(Granularity granularity) {
  return granularity == Granularity::kHourly ? "hourly" : "daily";
}

}  // namespace costream
