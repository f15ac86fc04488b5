// The report kinds and the columns of theirs that a run may need (spec: inputs). Plain data.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace costream {

enum class ReportKind : uint8_t { kPod, kStorage, kNodeLabels, kNamespaceLabels };
inline constexpr int kReportKinds = 4;
inline constexpr std::array<ReportKind, kReportKinds> kAllReports = {
    ReportKind::kPod, ReportKind::kStorage, ReportKind::kNodeLabels, ReportKind::kNamespaceLabels};

enum class Granularity : uint8_t { kHourly, kDaily };

// Text columns of all reports. Null is null; in a CSV an empty cell is the empty string.
enum class TextField : uint8_t {
  kNamespace,
  kNode,
  kPod,
  kResourceId,
  kNodeRole,
  kPodLabels,
  kClaim,
  kVolume,
  kStorageClass,
  kVolumeHandle,
  kVolumeLabels,
  kClaimLabels,
  kNodeLabels,
  kNamespaceLabels,
};
inline constexpr int kTextFields = 14;

// Measures of all reports; core-seconds, byte-seconds, cores or bytes as the column names say.
enum class Measure : uint8_t {
  kUsageCpu,
  kRequestCpu,
  kLimitCpu,
  kUsageMemory,
  kRequestMemory,
  kLimitMemory,
  kEffectiveCpu,
  kEffectiveMemory,
  kNodeCores,
  kNodeCoreSeconds,
  kNodeBytes,
  kNodeByteSeconds,
  kClaimBytes,
  kClaimByteSeconds,
  kVolumeRequest,
  kClaimUsage,
};
inline constexpr int kMeasures = 16;

// The columns that a reader decodes, beside interval_start.
struct ColumnSet {
  std::bitset<kTextFields> text;
  std::bitset<kMeasures> measures;

  ColumnSet& operator|=(const ColumnSet& other);
  void Add(TextField field) { text.set(static_cast<size_t>(field)); }
  void Add(Measure measure) { measures.set(static_cast<size_t>(measure)); }
  bool Empty() const { return text.none() && measures.none(); }
  bool Has(TextField field) const { return text.test(static_cast<size_t>(field)); }
  bool Has(Measure measure) const { return measures.test(static_cast<size_t>(measure)); }
};

struct TextColumnSpec {
  TextField field;
  std::string_view name;
  bool required = false;
};

struct MeasureColumnSpec {
  Measure measure;
  std::string_view name;
  bool required = false;
  bool anomaly_checked = true;  // an hourly row whose value is not finite or above 1e18 is dropped
};

inline constexpr std::string_view kIntervalStart = "interval_start";
inline constexpr double kLargestHourlyValue = 1e18;

struct ReportSpec {
  ReportKind kind;
  std::string_view name;            // pod_usage
  std::string_view table;           // openshift_pod_usage_line_items; the daily table appends _daily
  std::string_view telling_column;  // the column that tells a file of this report
  std::span<const TextColumnSpec> text;
  std::span<const MeasureColumnSpec> measures;
};

const ReportSpec& SpecOf(ReportKind kind);
// The report that has these columns, if any. A summary is none.
std::optional<ReportKind> TellReport(const std::vector<std::string>& columns);

std::string_view NameOf(TextField field);
std::string_view NameOf(Measure measure);
std::string_view NameOf(Granularity granularity);

}  // namespace costream
