// Takes the rows of one unit of a run that many processes share, where they wait for those of the others, and
// tells what they were (docs/decisions/0022).
#pragma once

#include <string>

#include "sink/row_checksum.h"
#include "sink/sink.h"

namespace costream {

class UnitSink : public Sink {
 public:
  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) final {
    checksum_.Add(*batch);
    return WriteRows(batch);
  }
  // Of all rows written.
  std::string checksum() const { return checksum_.Text(); }

 private:
  virtual arrow::Status WriteRows(const std::shared_ptr<arrow::RecordBatch>& batch) = 0;

  RowChecksum checksum_;
};

}  // namespace costream
