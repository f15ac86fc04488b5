// The rows of a run as an Arrow table, for callers in the same process. Holds them all.
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

  // In SummarySchema(). To be called after Commit.
  arrow::Result<std::shared_ptr<arrow::Table>> Finish() const;

 private:
  arrow::RecordBatchVector batches_;
};

}  // namespace costream
