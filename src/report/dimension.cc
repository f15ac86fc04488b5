#include "report/dimension.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/error.h"

namespace costream {
namespace {

constexpr std::string_view kLabelPrefix = "label:";
constexpr std::array kColumns = {kUsageStart,    kNamespaceColumn, kNodeColumn,         kResourceIdColumn,
                                 kClaimColumn,   kVolumeColumn,    kStorageClassColumn, kDataSource,
                                 kClusterId,     kClusterAlias,    kSourceUuid,         kCostCategoryId,
                                 kReportPeriodId};
constexpr std::array<const char*, kRowKinds> kKindNames = {"pod", "storage", "unallocated"};

}  // namespace

arrow::Result<Dimension> Dimension::Parse(std::string_view name) {
  if (name == "kind") return Dimension("kind", kKind);
  if (name.starts_with(kLabelPrefix) && name.size() > kLabelPrefix.size()) {
    return Dimension(std::string(name), kLabel);
  }
  std::vector<std::string> known;
  for (const int column : kColumns) {
    known.push_back(SummarySchema()->field(column)->name());
    if (name == known.back()) return Dimension(known.back(), column);
  }
  return UsageError("'{}' is nothing to group or filter by; take {}, kind or label:KEY", name,
                    fmt::join(known, ", "));
}

std::optional<std::string> Dimension::Of(const StoredRow& row, const RowLabels& labels) const {
  if (column_ == kKind) return kKindNames[static_cast<size_t>(KindOfRow(row))];
  if (column_ == kLabel) {
    const std::string_view key = std::string_view(name_).substr(kLabelPrefix.size());
    for (const auto& [label, value] : labels) {
      if (label == key) return value;
    }
    return std::nullopt;
  }
  const auto& text = row.texts[column_];
  return text ? std::optional(std::string(*text)) : std::nullopt;
}

arrow::Status RowFilter::Add(std::string_view condition) {
  const size_t sign = condition.find('=');
  const bool equal = sign == 0 || sign == std::string_view::npos || condition[sign - 1] != '!';
  if (sign == std::string_view::npos) {
    return UsageError("filter '{}': write it like namespace=web or namespace!=web", condition);
  }
  ARROW_ASSIGN_OR_RAISE(Dimension dimension, Dimension::Parse(condition.substr(0, equal ? sign : sign - 1)));
  std::string value(condition.substr(sign + 1));
  for (Condition& known : conditions_) {
    if (known.equal == equal && known.dimension.name() == dimension.name()) {
      known.values.push_back(std::move(value));
      return arrow::Status::OK();
    }
  }
  conditions_.push_back({std::move(dimension), equal, {std::move(value)}});
  return arrow::Status::OK();
}

bool RowFilter::Takes(const StoredRow& row, const RowLabels& labels) const {
  return std::all_of(conditions_.begin(), conditions_.end(), [&](const Condition& condition) {
    const auto value = condition.dimension.Of(row, labels);
    const bool found = value && std::find(condition.values.begin(), condition.values.end(), *value) !=
                                    condition.values.end();
    return found == condition.equal;
  });
}

}  // namespace costream
