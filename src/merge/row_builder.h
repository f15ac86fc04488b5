// Summary rows -> record batches of SummarySchema(), of a fixed number of rows each.
#pragma once

#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/table_builder.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/date.h"
#include "model/summary.h"

namespace costream {

// What stands in every row of a run.
struct RunIdentity {
  std::string source;
  std::optional<int64_t> report_period_id;
  std::optional<std::string> cluster_id, cluster_alias;
};

// One row. Texts are views that hold until Append returns; measures are NaN for null.
struct SummaryRow {
  RowKind kind = RowKind::kPod;
  Day day = 0;
  std::optional<std::string_view> name_space, node, resource_id, claim, volume, storage_class, volume_handle;
  std::optional<std::string_view> pod_labels, volume_labels;  // JSON
  std::string_view all_labels;
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
  arrow::Status AppendText(int column, const std::optional<std::string_view>& text);

  const RunIdentity* const identity_;
  const BatchSink sink_;
  std::unique_ptr<arrow::RecordBatchBuilder> builder_;
  int64_t rows_ = 0;
};

// UUID version 8 (RFC 9562) over a 128-bit hash of the source, the kind and the row's group key.
std::array<uint8_t, 16> RowUuid(std::string_view source, const SummaryRow& row);

}  // namespace costream
