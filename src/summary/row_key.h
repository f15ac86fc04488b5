// What tells a summary's rows apart: the columns that their groups are made by. Of the others, the
// attributes, a short hash tells whether they are equal.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "summary/summary_reader.h"

namespace costream {

// A hash of 128 bits: different keys are taken to have different ones.
struct RowKey {
  uint64_t high = 0, low = 0;
  auto operator<=>(const RowKey&) const = default;
};

// By SummaryColumn; the uuid is none, it is made from the rest.
inline constexpr std::array kKeyColumns = {kUsageStart,         kDataSource,      kNamespaceColumn,
                                           kNodeColumn,         kClaimColumn,     kVolumeColumn,
                                           kStorageClassColumn, kPodLabelsColumn, kVolumeLabelsColumn};
inline constexpr std::array kAttributes = {
    kUsageEnd,       kResourceIdColumn, kAllLabelsColumn, kCostCategoryId, kInfrastructureUsageCostColumn,
    kReportPeriodId, kClusterId,        kClusterAlias,    kSourceUuid};
using AttributeHashes = std::array<uint32_t, kAttributes.size()>;

// Labels and costs count as JSON values: spacing, the order of keys and the spelling of numbers are free.
class RowKeys {
 public:
  // `columns`: by SummaryColumn, which of them are looked at.
  explicit RowKeys(std::vector<bool> columns) : columns_(std::move(columns)) {}

  RowKey KeyOf(const StoredRow& row);
  // 0 for those that are not looked at.
  AttributeHashes AttributesOf(const StoredRow& row);

 private:
  void Append(const StoredRow& row, int column);
  const std::string& Canonical(std::string_view json);

  const std::vector<bool> columns_;
  std::string buffer_;
  std::unordered_map<std::string, std::string> canonical_;  // of texts seen before, a limited number
};

// The text of a JSON value, the same for all spellings of it; of what is no JSON, the text itself.
std::string CanonicalJson(std::string_view text);

}  // namespace costream
