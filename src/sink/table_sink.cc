#include "sink/table_sink.h"

#include <arrow/array.h>
#include <arrow/util/byte_size.h>

#include "model/summary.h"
#include "sink/columns.h"

namespace costream {

arrow::Status TableSink::Write(const std::shared_ptr<arrow::RecordBatch>& batch) {
  ARROW_ASSIGN_OR_RAISE(const auto plain, WithPlainTexts(*batch));
  const int64_t rows = plain->num_rows();
  arrow::ArrayVector columns = plain->columns(), held;
  arrow::FieldVector held_fields;
  last_.resize(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    if (last_[i] && last_[i]->length() >= rows && last_[i]->RangeEquals(*columns[i], 0, rows, 0)) {
      columns[i] = last_[i]->Slice(0, rows);
      continue;
    }
    last_[i] = columns[i];
    held.push_back(columns[i]);
    held_fields.push_back(plain->schema()->field(static_cast<int>(i)));
  }
  held_bytes_ +=
      arrow::util::TotalBufferSize(*arrow::RecordBatch::Make(arrow::schema(held_fields), rows, held));
  batches_.push_back(arrow::RecordBatch::Make(plain->schema(), rows, std::move(columns)));
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::Table>> TableSink::Finish() const {
  return arrow::Table::FromRecordBatches(SummarySchema(), batches_);
}

}  // namespace costream
