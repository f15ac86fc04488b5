#include "sink/csv_sink.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/csv/writer.h>
#include <arrow/io/stdio.h>
#include <arrow/ipc/writer.h>

#include "base/error.h"
#include "model/summary.h"
#include "sink/atomic_file.h"
#include "sink/decimal_columns.h"

namespace costream {
namespace {

arrow::Result<std::shared_ptr<arrow::Array>> UuidTexts(const arrow::FixedSizeBinaryArray& uuids) {
  arrow::StringBuilder builder;
  for (int64_t row = 0; row < uuids.length(); ++row) {
    std::string text;
    for (int i = 0; i < 16; ++i) {
      if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
      fmt::format_to(std::back_inserter(text), "{:02x}", uuids.GetValue(row)[i]);
    }
    ARROW_RETURN_NOT_OK(builder.Append(text));
  }
  return builder.Finish();
}

class CsvSink : public Sink {
 public:
  explicit CsvSink(std::string path) : path_(std::move(path)) {}

  arrow::Status Begin() override {
    std::shared_ptr<arrow::io::OutputStream> stream;
    if (path_ == "-") {
      stream = std::make_shared<arrow::io::StdoutStream>();
    } else {
      ARROW_ASSIGN_OR_RAISE(file_, AtomicFile::Create(path_));
      stream = file_->stream();
    }
    ARROW_ASSIGN_OR_RAISE(schema_,
                          DecimalSummarySchema()->SetField(kUuid, arrow::field("uuid", arrow::utf8())));
    auto options = arrow::csv::WriteOptions::Defaults();
    options.quoting_style = arrow::csv::QuotingStyle::Needed;
    options.quoting_header = arrow::csv::QuotingStyle::None;
    ARROW_ASSIGN_OR_RAISE(writer_, arrow::csv::MakeCSVWriter(stream, schema_, options));
    return arrow::Status::OK();
  }

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    ARROW_ASSIGN_OR_RAISE(const auto decimals, WithDecimalMeasures(*batch));
    auto columns = decimals->columns();
    ARROW_ASSIGN_OR_RAISE(columns[kUuid],
                          UuidTexts(static_cast<const arrow::FixedSizeBinaryArray&>(*columns[kUuid])));
    return Written(
        writer_->WriteRecordBatch(*arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(columns))));
  }

  arrow::Status Commit() override {
    ARROW_RETURN_NOT_OK(Written(writer_->Close()));
    return file_ ? file_->Commit() : arrow::Status::OK();
  }

  void Abort() override {
    if (file_) file_->Abort();
  }

 private:
  arrow::Status Written(const arrow::Status& status) const {
    return status.ok() ? status : UsageError("--to {}: cannot be written: {}", path_, status.message());
  }

  const std::string path_;
  std::unique_ptr<AtomicFile> file_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

}  // namespace

std::unique_ptr<Sink> MakeCsvSink(const std::string& path) { return std::make_unique<CsvSink>(path); }

}  // namespace costream
