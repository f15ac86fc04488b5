#include "job/explained_rows.h"

#include <arrow/array.h>

#include "sink/columns.h"
#include "sink/day_file.h"

namespace costream {
namespace {

std::optional<std::string> TextAt(const arrow::RecordBatch& batch, int column, int64_t row) {
  const auto& texts = static_cast<const arrow::StringArray&>(*batch.column(column));
  if (texts.IsNull(row)) return std::nullopt;
  return texts.GetString(row);
}

ExplainedRow RowAt(const arrow::RecordBatch& rows, int64_t row, RowKind kind) {
  ExplainedRow taken;
  taken.kind = kind;
  taken.name_space = TextAt(rows, kNamespaceColumn, row);
  taken.labels = TextAt(rows, kAllLabelsColumn, row).value_or("");
  const auto& categories = static_cast<const arrow::Int64Array&>(*rows.column(kCostCategoryId));
  if (!categories.IsNull(row)) taken.cost_category_id = categories.Value(row);
  for (int i = 0; i < kSummaryMeasures; ++i) {
    const auto& values = static_cast<const arrow::DoubleArray&>(*rows.column(kFirstMeasure + i));
    taken.measures[i] = values.IsNull(row) ? kNoValue : values.Value(row);
  }
  if (kind != RowKind::kStorage) return taken;
  ExplainedStorage& storage = taken.storage.emplace();
  storage.resource_id = TextAt(rows, kResourceIdColumn, row);
  storage.claim = TextAt(rows, kClaimColumn, row);
  storage.volume = TextAt(rows, kVolumeColumn, row);
  storage.storage_class = TextAt(rows, kStorageClassColumn, row);
  return taken;
}

}  // namespace

arrow::Status ExplainedRowsSink::Write(const std::shared_ptr<arrow::RecordBatch>& batch) {
  ARROW_ASSIGN_OR_RAISE(const auto rows, WithPlainTexts(*batch));
  for (int64_t row = 0; row < rows->num_rows(); ++row) {
    if (TextAt(*rows, kNodeColumn, row) != question_.node) continue;
    if (!question_.Asks(TextAt(*rows, kNamespaceColumn, row))) continue;
    rows_.push_back(RowAt(*rows, row, KindOfRow(*batch, row)));
  }
  return arrow::Status::OK();
}

}  // namespace costream
