// The rows of a run as an Arrow table, for callers in the same process. Holds them all; a column that repeats
// itself from batch to batch (constants, nulls) is held once.
#pragma once

#include <arrow/table.h>

#include <memory>
#include <vector>

#include "sink/sink.h"

namespace costream {

class TableSink : public Sink {
 public:
  arrow::Status Begin(const RunScope&) override { return arrow::Status::OK(); }
  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override;
  arrow::Status Commit(const std::vector<Day>&) override { return arrow::Status::OK(); }
  void Abort() override {}
  int64_t HeldBytes() const override { return held_bytes_; }

  // In SummarySchema(). To be called after Commit.
  arrow::Result<std::shared_ptr<arrow::Table>> Finish() const;

 private:
  arrow::RecordBatchVector batches_;
  arrow::ArrayVector last_;  // by column: the last that was not as before
  int64_t held_bytes_ = 0;
};

}  // namespace costream
