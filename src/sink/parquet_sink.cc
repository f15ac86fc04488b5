#include "sink/parquet_sink.h"

#include "base/error.h"
#include "sink/atomic_file.h"
#include "sink/existing_rows.h"
#include "sink/parquet_rows.h"

namespace costream {
namespace {

class ParquetSink : public Sink {
 public:
  ParquetSink(std::string path, const SinkOptions& options) : path_(std::move(path)), options_(options) {}

  arrow::Result<ExistingRows> Existing(const RunScope&) override {
    ARROW_ASSIGN_OR_RAISE(const auto file, FileOfTarget(path_, options_.s3));
    ARROW_ASSIGN_OR_RAISE(const int64_t rows, CountParquetRows(file, path_));
    return ExistingRows{rows, {}};
  }

  arrow::Status Begin(const RunScope&) override {
    ARROW_ASSIGN_OR_RAISE(file_, AtomicFile::Create(path_, "--to", options_.s3));
    auto rows = ParquetRows::Open(file_->stream(), options_.measures);
    ARROW_RETURN_NOT_OK(WriteError(path_, rows.status()));
    rows_ = *std::move(rows);
    return arrow::Status::OK();
  }

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    return WriteError(path_, rows_->Write(*batch));
  }

  arrow::Status Commit(const std::vector<Day>& days) override {
    if (days.empty() && !options_.allow_empty) {
      ARROW_ASSIGN_OR_RAISE(const auto existing, FileOfTarget(path_, options_.s3));
      if (ParquetHasRows(existing)) return EmptyInputRefused(path_);
    }
    ARROW_RETURN_NOT_OK(WriteError(path_, rows_->Close()));
    return file_->Commit();
  }

  void Abort() override {
    if (file_) file_->Abort();
  }

 private:
  const std::string path_;
  const SinkOptions options_;
  std::unique_ptr<AtomicFile> file_;
  std::unique_ptr<ParquetRows> rows_;
};

}  // namespace

std::unique_ptr<Sink> MakeParquetSink(const std::string& path, const SinkOptions& options) {
  return std::make_unique<ParquetSink>(path, options);
}

}  // namespace costream
