#include "sink/sink.h"

#include <filesystem>

#include "base/error.h"
#include "sink/csv_sink.h"
#include "sink/directory_sink.h"
#include "sink/parquet_sink.h"
#include "sink/postgres_sink.h"
#include "sink/sqlite.h"
#include "sink/sqlite_sink.h"
#include "source/postgres_target.h"

namespace costream {
namespace {

// Counts only: the closing table is all that is wanted.
class NoSink : public Sink {
 public:
  arrow::Status Begin(const RunScope&) override { return arrow::Status::OK(); }
  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>&) override { return arrow::Status::OK(); }
  arrow::Status Commit(const std::vector<Day>&) override { return arrow::Status::OK(); }
  void Abort() override {}
};

}  // namespace

arrow::Result<std::unique_ptr<Sink>> MakeSink(const std::string& target, const SinkOptions& options) {
  if (target.empty()) return std::make_unique<NoSink>();
  if (target == "-") return MakeCsvSink(target, options);
  if (IsPostgresTarget(target)) return MakePostgresSink(target, options);
  if (IsS3(target) && !target.ends_with(".csv") && !target.ends_with(".parquet") && !target.ends_with('/')) {
    return UsageError(
        "--to {}: in S3 the target is an object whose name ends in .parquet or .csv, or a prefix that ends "
        "in "
        "a slash",
        target);
  }
  if (IsDirectoryTarget(target)) return MakeDirectorySink(target, options);
  if (const auto file = SqliteFileOf(target)) return MakeSqliteSink(*file, target, options);
  if (target.ends_with(".csv")) return MakeCsvSink(target, options);
  if (target.ends_with(".parquet")) return MakeParquetSink(target, options);
  return UsageError(
      "--to {}: not a target that costream knows; use a .parquet or .csv file, a directory (DIR/), "
      "sqlite:x.db, s3://bucket/x.parquet or s3://bucket/DIR/, postgresql://..., or - for CSV on stdout",
      ShownTarget(target));
}

bool IsDirectoryTarget(const std::string& target) {
  if (IsPostgresTarget(target)) return false;
  if (target.ends_with('/')) return true;
  if (IsReplacedWhole(target) || SqliteFileOf(target) || IsS3(target)) return false;
  std::error_code error;
  return std::filesystem::is_directory(target, error);
}

bool IsReplacedWhole(const std::string& target) {
  if (IsPostgresTarget(target) || SqliteFileOf(target)) return false;
  return target == "-" || target.ends_with(".csv") || target.ends_with(".parquet");
}

}  // namespace costream
