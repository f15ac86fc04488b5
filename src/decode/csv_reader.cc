#include "decode/csv_reader.h"

#include <arrow/type.h>

#include <algorithm>

#include "base/error.h"
#include "decode/arrow_decoder.h"

namespace costream {
namespace {

class CsvReader : public BatchReader {
 public:
  CsvReader(InputFilePtr file, ReportKind kind, DecodeOptions options)
      : file_(std::move(file)),
        batch_rows_(options.batch_rows),
        decoder_(kind, Granularity::kHourly, options, file_->name(),
                 [this](int64_t row) { return Where(row); }) {}

  arrow::Status Open(ReportKind kind, const ColumnSet& columns, const CsvHeader& header) {
    arrow::SchemaBuilder schema(arrow::SchemaBuilder::CONFLICT_APPEND);
    for (const std::string& name : header.names)
      ARROW_RETURN_NOT_OK(schema.AddField(arrow::field(name, arrow::binary())));
    ARROW_ASSIGN_OR_RAISE(const auto file_schema, schema.Finish());
    ARROW_RETURN_NOT_OK(decoder_.CheckSchema(*file_schema));
    std::vector<std::string> names = ArrowDecoder::NeededColumns(kind, columns);
    std::erase_if(names, [&](const std::string& name) { return file_schema->GetFieldIndex(name) < 0; });
    if (decoder_.options().reads_all_columns) {
      std::ranges::copy_if(header.names, std::back_inserter(names), [&](const std::string& name) {
        return std::ranges::find(names, name) == names.end();
      });
    }
    return CsvText::Open(file_, header, names).Value(&text_);
  }

  arrow::Result<bool> Next(UsageBatch* batch) override {
    while (!pending_ || offset_ == pending_->num_rows()) {
      ARROW_ASSIGN_OR_RAISE(pending_, text_->Next());
      if (!pending_) return false;
      offset_ = 0;
      decoder_.counts().bytes_read = text_->bytes_read();
    }
    const auto slice = pending_->Slice(offset_, batch_rows_);
    ARROW_RETURN_NOT_OK(decoder_.Decode(*slice, row_, batch));
    offset_ += slice->num_rows();
    row_ += slice->num_rows();
    return true;
  }

  ErrorPlace Where(int64_t source_row) const override { return WhereInCsv(*file_, source_row); }

  const DecodeCounts& counts() const override { return decoder_.counts(); }

 private:
  const InputFilePtr file_;
  const int64_t batch_rows_;
  ArrowDecoder decoder_;
  std::unique_ptr<CsvText> text_;
  std::shared_ptr<arrow::RecordBatch> pending_;
  int64_t offset_ = 0;  // into pending_
  int64_t row_ = 0;     // of the file
};

}  // namespace

arrow::Result<std::unique_ptr<BatchReader>> OpenCsv(const InputFilePtr& file, ReportKind kind,
                                                    DecodeOptions options) {
  ARROW_ASSIGN_OR_RAISE(const CsvHeader header, ReadCsvHeader(*file));
  auto reader = std::make_unique<CsvReader>(file, kind, options);
  ARROW_RETURN_NOT_OK(reader->Open(kind, options.columns, header));
  return std::unique_ptr<BatchReader>(std::move(reader));
}

}  // namespace costream
