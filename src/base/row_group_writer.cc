#include "base/row_group_writer.h"

#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

namespace costream {
namespace {

// Above what a row group's labels can fill: a dictionary that falls back to plain would triple the file.
constexpr int64_t kDictionaryLimitBytes = 64 << 20;

class Impl : public RowGroupWriter {
 public:
  Impl(std::shared_ptr<arrow::io::OutputStream> stream, std::unique_ptr<parquet::arrow::FileWriter> writer)
      : stream_(std::move(stream)), writer_(std::move(writer)) {}

  arrow::Status Write(const arrow::RecordBatch& batch) override {
    // A new row group for each batch: a second dictionary in one row group would turn its column plain.
    ARROW_RETURN_NOT_OK(writer_->NewBufferedRowGroup());
    return writer_->WriteRecordBatch(batch);
  }

  arrow::Result<int64_t> Close() override {
    ARROW_RETURN_NOT_OK(writer_->Close());
    ARROW_ASSIGN_OR_RAISE(const int64_t bytes, stream_->Tell());
    ARROW_RETURN_NOT_OK(stream_->Close());
    return bytes;
  }

 private:
  std::shared_ptr<arrow::io::OutputStream> stream_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

}  // namespace

arrow::Result<std::unique_ptr<RowGroupWriter>> RowGroupWriter::Open(
    const std::string& path, const std::shared_ptr<arrow::Schema>& schema,
    const std::vector<std::string>& plain_columns) {
  parquet::WriterProperties::Builder properties;
  properties.compression(parquet::Compression::SNAPPY)->dictionary_pagesize_limit(kDictionaryLimitBytes);
  for (const std::string& column : plain_columns) properties.disable_dictionary(column);
  parquet::ArrowWriterProperties::Builder arrow_properties;
  arrow_properties.set_use_threads(true);
  ARROW_ASSIGN_OR_RAISE(auto stream, arrow::io::FileOutputStream::Open(path));
  ARROW_ASSIGN_OR_RAISE(auto writer,
                        parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(), stream,
                                                         properties.build(), arrow_properties.build()));
  if (schema->HasMetadata()) ARROW_RETURN_NOT_OK(writer->AddKeyValueMetadata(schema->metadata()));
  return std::make_unique<Impl>(std::move(stream), std::move(writer));
}

}  // namespace costream
