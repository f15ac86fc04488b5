// Tells whether rows are still those that a task has made, wherever they were kept meanwhile and in whatever
// order they come back. A row's uuid is the hash of its key; each measure is multiplied by its place and
// that, so that neither a measure nor a row can be changed, exchanged, left out or doubled unnoticed. Not
// meant against forgery. Texts count through the uuid alone.
#pragma once

#include <arrow/record_batch.h>

#include <string>

namespace costream {

class RowChecksum {
 public:
  // A batch of SummaryBatchSchema(); measures may be decimals.
  void Add(const arrow::RecordBatch& batch);

  // From 0 up to 2^128, in decimal.
  std::string Text() const;

  // The same of rows in PostgreSQL, a numeric: an aggregate over columns of their names.
  static std::string Sql();

 private:
  unsigned __int128 sum_ = 0;
};

}  // namespace costream
