// Where the rows of a run go. All or nothing: what was there stays until Commit has returned OK.
//
// Begin, then Write in row order, then Commit or Abort. Destruction without Commit aborts. Not thread-safe.
// A file is replaced whole; a sink that holds the rows of several runs replaces those of the run's scope.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/summary.h"
#include "source/s3.h"

namespace costream {

enum class MeasureType { kDouble, kDecimal };

// Which rows of a database a run replaces, of its days and kinds (docs/semantics.md).
enum class ReplaceRule {
  kOwn,   // those of the source that no cost model or cloud bill made
  kKoku,  // those of the report period that no cloud bill made
};

struct SinkOptions {
  MeasureType measures = MeasureType::kDouble;  // of Parquet
  // Whether rows that exist may be replaced where the input has none: those of a day, or of the whole file.
  bool allow_empty = false;
  S3Settings s3 = {};
  // Of PostgreSQL.
  std::string schema = "public";
  ReplaceRule replace = ReplaceRule::kOwn;
  bool create_partitions = false;
  bool truncate = false;  // the rows of all sources and days go first

  std::function<bool()> cancelled = [] { return false; };  // asked while waiting
  std::function<void(const std::string&)> tell = [](const std::string&) {
  };  // of what a user may wonder about
};

// The rows of a target that a run would replace: those of a file, which is replaced whole, or those of each
// day that has any.
struct ExistingRows {
  std::optional<int64_t> of_file;
  std::map<Day, int64_t> of_days;
};

class Sink {
 public:
  virtual ~Sink() = default;
  // What Commit would replace, without changing, making or locking anything. In place of Begin. Usage error
  // where the target cannot be written, as far as looking tells.
  virtual arrow::Result<ExistingRows> Existing(const RunScope& /*scope*/) { return ExistingRows{}; }
  // Makes the place to write to, and waits until no other run holds it. Usage error where the target cannot
  // be written.
  virtual arrow::Status Begin(const RunScope& scope) = 0;
  // A batch of SummaryBatchSchema().
  virtual arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) = 0;
  // Makes the rows visible, durably. After an error the target is unchanged. `days`: those of the scope for
  // which the input had any row, ascending. Usage error without allow_empty where rows would be replaced by
  // nothing.
  virtual arrow::Status Commit(const std::vector<Day>& days) = 0;
  // Leaves nothing behind.
  virtual void Abort() = 0;
  // Rows that the sink keeps in memory for its caller: not of the run's memory.
  virtual int64_t HeldBytes() const { return 0; }
};

// The sink of a target: "x.parquet", "x.csv", "DIR/" or a directory that exists (Parquet by source and day),
// these in S3 ("s3://bucket/..."),
// "sqlite:x", "x.db" or "x.sqlite" (a table), "postgresql://..." (a database), "-" (CSV on standard output),
// "" (none: rows are counted only).
// Usage error for any other target.
arrow::Result<std::unique_ptr<Sink>> MakeSink(const std::string& target, const SinkOptions& options);

// Whether the target is a directory, on disk or in S3.
bool IsDirectoryTarget(const std::string& target);

// Whether the target is a file, which holds the rows of one run only.
bool IsReplacedWhole(const std::string& target);

}  // namespace costream
