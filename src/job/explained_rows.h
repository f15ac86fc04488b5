// The output rows that are to be explained, as a sink keeps them.
#pragma once

#include <memory>
#include <vector>

#include "job/explanation.h"
#include "sink/sink.h"

namespace costream {

// Keeps the rows that are asked for; writes nothing.
class ExplainedRowsSink : public Sink {
 public:
  ExplainedRowsSink(const ExplainQuestion* question, std::vector<ExplainedRow>* rows)
      : question_(*question), rows_(*rows) {}
  arrow::Status Begin(const RunScope&) override { return arrow::Status::OK(); }
  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override;
  arrow::Status Commit(const std::vector<Day>&) override { return arrow::Status::OK(); }
  void Abort() override {}

 private:
  const ExplainQuestion& question_;
  std::vector<ExplainedRow>& rows_;
};

}  // namespace costream
