#include "decode/arrow_reader.h"

#include "base/error.h"
#include "decode/arrow_decoder.h"

namespace costream {
namespace {

class ArrowReader : public BatchReader {
 public:
  ArrowReader(std::shared_ptr<arrow::RecordBatchReader> stream, ReportKind kind, Granularity granularity,
              const DecodeOptions& options)
      : stream_(std::move(stream)),
        name_(SpecOf(kind).name),
        batch_rows_(options.batch_rows),
        decoder_(kind, granularity, options, name_, [this](int64_t row) { return Where(row); }) {}

  arrow::Status CheckSchema() const { return decoder_.CheckSchema(*stream_->schema()); }

  arrow::Result<bool> Next(UsageBatch* batch) override {
    while (!pending_ || offset_ == pending_->num_rows()) {
      ARROW_RETURN_NOT_OK(StreamError(stream_->ReadNext(&pending_)));
      if (!pending_) return false;
      ARROW_RETURN_NOT_OK(StreamError(pending_->Validate()));
      offset_ = 0;
    }
    const auto slice = pending_->Slice(offset_, batch_rows_);
    ARROW_RETURN_NOT_OK(decoder_.Decode(*slice, row_, batch));
    offset_ += slice->num_rows();
    row_ += slice->num_rows();
    return true;
  }

  ErrorPlace Where(int64_t source_row) const override {
    ErrorPlace place(name_);
    place.row = source_row;
    return place;
  }
  const DecodeCounts& counts() const override { return decoder_.counts(); }

 private:
  // What ails the stream is the input's fault.
  arrow::Status StreamError(const arrow::Status& status) const {
    if (status.ok() || status.IsOutOfMemory()) return status;
    return InputErrorAt(name_, "the stream fails after row {}: {}", row_, status.message());
  }

  const std::shared_ptr<arrow::RecordBatchReader> stream_;
  const std::string name_;  // of the report
  const int64_t batch_rows_;
  ArrowDecoder decoder_;
  std::shared_ptr<arrow::RecordBatch> pending_;
  int64_t offset_ = 0;  // into pending_
  int64_t row_ = 0;     // of the stream
};

}  // namespace

arrow::Result<std::unique_ptr<BatchReader>> OpenArrow(std::shared_ptr<arrow::RecordBatchReader> stream,
                                                      ReportKind kind, Granularity granularity,
                                                      DecodeOptions options) {
  auto reader = std::make_unique<ArrowReader>(std::move(stream), kind, granularity, options);
  ARROW_RETURN_NOT_OK(reader->CheckSchema());
  return std::unique_ptr<BatchReader>(std::move(reader));
}

}  // namespace costream
