// Summary rows into a table by binary COPY, in pieces: one that fails says so only at its end.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/status.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sink/copy_rows.h"
#include "source/postgres.h"

namespace costream {

class PostgresCopy {
 public:
  // `table`: its name as SQL spells it; `types`: by column of SummarySchema().
  PostgresCopy(Postgres* database, std::string table, std::vector<CopyType> types)
      : database_(database), table_(std::move(table)), types_(std::move(types)) {}

  // A batch of SummaryBatchSchema().
  arrow::Status Write(const arrow::RecordBatch& batch);
  // All rows are in the table.
  arrow::Status Finish();

 private:
  arrow::Status Start();
  arrow::Status Send();

  Postgres* const database_;
  const std::string table_;
  const std::vector<CopyType> types_;
  int64_t copied_bytes_ = 0;  // by the COPY under way; 0: there is none
  std::string bytes_;         // of one send
};

}  // namespace costream
