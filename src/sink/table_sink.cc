#include "sink/table_sink.h"

#include "model/summary.h"
#include "sink/columns.h"

namespace costream {

arrow::Status TableSink::Write(const std::shared_ptr<arrow::RecordBatch>& batch) {
  ARROW_ASSIGN_OR_RAISE(batches_.emplace_back(), WithPlainTexts(*batch));
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::Table>> TableSink::Finish() const {
  return arrow::Table::FromRecordBatches(SummarySchema(), batches_);
}

}  // namespace costream
