// Summary rows -> record batches of SummaryBatchSchema(), of a fixed number of rows each.
//
// Texts that repeat are dictionary-encoded per batch, which sinks write fastest; labels seldom repeat within
// a batch and are plain. Not thread-safe.
#pragma once

#include <arrow/builder.h>
#include <arrow/record_batch.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.h"
#include "base/string_pool.h"
#include "model/summary.h"

namespace costream {

// One row. Texts are views that hold until Append returns; measures are NaN for null.
struct SummaryRow {
  RowKind kind = RowKind::kPod;
  Day day = 0;
  std::optional<std::string_view> name_space, node, resource_id, claim, volume, storage_class, volume_handle;
  std::string_view all_labels;                             // JSON
  bool has_pod_labels = false, has_volume_labels = false;  // equal to all_labels; else null
  std::optional<int64_t> cost_category_id;
  std::array<double, kSummaryMeasures> measures;

  SummaryRow() { measures.fill(std::numeric_limits<double>::quiet_NaN()); }
};

using BatchSink = std::function<arrow::Status(const std::shared_ptr<arrow::RecordBatch>&)>;

class RowBuilder {
 public:
  RowBuilder(const RunIdentity* identity, BatchSink sink);
  arrow::Status Append(const SummaryRow& row);
  // Hands over what is left.
  arrow::Status Flush();

 private:
  // A text column of the batch that varies: codes into the texts of its dictionary.
  struct TextColumn {
    std::vector<int32_t> codes;  // -1: null
    StringPool texts;
    std::string_view last;
    int32_t last_code = -1;

    void Append(const std::optional<std::string_view>& text);
  };

  TextColumn& TextOf(int column) { return texts_[column - kNamespaceColumn]; }

  const RunIdentity* const identity_;
  const BatchSink sink_;
  std::vector<RowKind> kinds_;                                                // by row
  std::array<TextColumn, kStorageClassColumn - kNamespaceColumn + 1> texts_;  // namespace to storage class
  std::array<std::vector<double>, kSummaryMeasures> measures_;                // NaN is null
  arrow::FixedSizeBinaryBuilder uuids_;
  arrow::Date32Builder days_;
  arrow::StringBuilder labels_;  // all_labels
  arrow::Int64Builder categories_;
  std::vector<bool> has_pod_labels_, has_volume_labels_;
  std::string key_;  // of a row, for its uuid
  int64_t rows_ = 0;
};

// UUID version 8 (RFC 9562) over a 128-bit hash of the source, the kind and the row's group key.
std::array<uint8_t, 16> RowUuid(std::string_view source, const SummaryRow& row, std::string* key);

}  // namespace costream
