#include "sink/sink.h"

#include "base/error.h"
#include "sink/csv_sink.h"
#include "sink/parquet_sink.h"
#include "sink/postgres_sink.h"
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
  if (IsPostgresTarget(target)) return MakePostgresSink(target, options);
  if (target == "-" || target.ends_with(".csv")) return MakeCsvSink(target);
  if (target.ends_with(".parquet")) return MakeParquetSink(target, options.measures);
  return UsageError(
      "--to {}: not a target that costream knows; use a .parquet or .csv file, - for CSV on stdout, or "
      "postgresql://...",
      ShownTarget(target));
}

}  // namespace costream
