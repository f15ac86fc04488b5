// Where the rows of a run go. All or nothing: what was there stays until Commit has returned OK.
//
// Begin, then Write in row order, then Commit or Abort. Destruction without Commit aborts. Not thread-safe.
// A file is replaced whole; a sink that holds the rows of several runs replaces those of the run's scope.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/summary.h"

namespace costream {

enum class MeasureType { kDouble, kDecimal };

// Which rows of a database a run replaces, of its days and kinds (docs/semantics.md).
enum class ReplaceRule {
  kOwn,   // those of the source that no cost model or cloud bill made
  kKoku,  // those of the report period that no cloud bill made
};

struct SinkOptions {
  MeasureType measures = MeasureType::kDouble;  // of Parquet
  bool allow_empty = false;  // existing rows of a day without any input are replaced by nothing, not an error
  // Of PostgreSQL.
  std::string schema = "public";
  ReplaceRule replace = ReplaceRule::kOwn;
  bool create_partitions = false;
  bool truncate = false;                              // the rows of all sources and days go first
  std::function<bool()> cancelled = {};               // asked while waiting for a server; may be empty
  std::function<void(const std::string&)> tell = {};  // of what a user may wonder about; may be empty
};

class Sink {
 public:
  virtual ~Sink() = default;
  // Makes the place to write to. Usage error where the target cannot be written.
  virtual arrow::Status Begin(const RunScope& scope) = 0;
  // A batch of SummaryBatchSchema().
  virtual arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) = 0;
  // Makes the rows visible, durably. After an error the target is unchanged. `days`: those of the scope for
  // which the input had any row, ascending.
  virtual arrow::Status Commit(const std::vector<Day>& days) = 0;
  // Leaves nothing behind.
  virtual void Abort() = 0;
};

// The sink of a target: "x.parquet", "x.csv", "-" (CSV on standard output), "" (none: rows are counted only),
// "postgresql://..." (a database).
// Usage error for any other target.
arrow::Result<std::unique_ptr<Sink>> MakeSink(const std::string& target, const SinkOptions& options);

}  // namespace costream
