#include "report/report_row.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace costream {
namespace {

constexpr size_t kRememberedTexts = 20000;

}  // namespace

RowKind KindOfRow(const StoredRow& row) {
  if (row.texts[kDataSource] == "Storage") return RowKind::kStorage;
  return row.texts[kPodLabelsColumn] ? RowKind::kPod : RowKind::kUnallocated;
}

bool CountsAsAllocated(const StoredRow& row) {
  constexpr std::array<std::string_view, 4> kLeftOut = {"Platform unallocated", "Worker unallocated",
                                                        "Network unattributed", "Storage unattributed"};
  const auto& name = row.texts[kNamespaceColumn];
  return name && std::find(kLeftOut.begin(), kLeftOut.end(), *name) == kLeftOut.end();
}

arrow::Result<Decimals> DecimalsOf(const StoredRow& row) {
  Decimals decimals{};
  for (int i = 0; i < kSummaryMeasures; ++i) {
    if (std::isnan(row.measures[i])) continue;
    const auto decimal = ToDecimal15(row.measures[i]);
    if (!decimal) {
      return InputError("column {}: {} is no numeric(33,15)",
                        SummarySchema()->field(kFirstMeasure + i)->name(), row.measures[i]);
    }
    decimals[i] = *decimal;
  }
  return decimals;
}

arrow::Status SumOutOfRange() {
  return InputError("a sum leaves the range of exact decimals; the summary holds a wrong measure");
}

const RowLabels& LabelTexts::Parse(std::string_view text) {
  std::string key(text);
  if (const auto found = parsed_.find(key); found != parsed_.end()) return found->second;
  RowLabels labels;
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_object()) {
    for (const auto& [name, value] : json.items()) {
      labels.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  if (parsed_.size() >= kRememberedTexts) parsed_.clear();
  return parsed_.emplace(std::move(key), std::move(labels)).first->second;
}

}  // namespace costream
