#include "decode/csv_reader.h"

#include <arrow/csv/api.h>
#include <arrow/csv/parser.h>
#include <arrow/io/api.h>

#include <charconv>

#include "base/error.h"
#include "decode/arrow_decoder.h"

namespace costream {
namespace {

constexpr int32_t kBlockBytes = 1 << 20;  // the largest row that can be read
constexpr int64_t kHeaderBytes = 1 << 20;

// The first line of the file on which the given data row starts, counting quoted line breaks; found by
// reading again.
int64_t LineOfRow(const InputFile& file, int64_t row) {
  const auto stream = file.OpenText();
  if (!stream.ok()) return -1;
  int64_t line = 1, start = 1, records = 0;
  bool quoted = false, empty = true;
  bool may_open = true;  // a quote opens at the start of a cell, or goes on with one that it seemed to close
  for (;;) {
    const auto block = (*stream)->Read(kBlockBytes);
    if (!block.ok() || (*block)->size() == 0) return start;
    for (int64_t i = 0; i < (*block)->size(); ++i) {
      const char c = static_cast<char>((*block)->data()[i]);
      const bool closes = quoted && c == '"';
      if (c == '"') quoted = !quoted && may_open;
      may_open = closes || c == ',' || c == '\n';
      if (c == '\n') ++line;
      if (c == '\n' && !quoted) {
        if (!empty && ++records > row + 1) return start;
        start = line;
        empty = true;
      } else if (c != '\r') {
        empty = false;
      }
    }
  }
}

// Arrow's error, with the line where it names a row ("Row #4", the header being row 1).
arrow::Status ReadError(const InputFile& file, const arrow::Status& status) {
  if (status.ok() || status.IsOutOfMemory() || KindOf(status) != ErrorKind::kInternal) return status;
  const std::string& message = status.message();
  if (message.find("straddling object") != std::string::npos) {
    return InputError("{}: holds a record of more than {} bytes, or a quote that is never closed",
                      file.name(), kBlockBytes);
  }
  const size_t at = message.find("Row #");
  int64_t row = 0;
  if (at != std::string::npos) std::from_chars(message.data() + at + 5, message.data() + message.size(), row);
  if (row > 1)
    return InputError("{}: line {}: cannot be read as CSV: {}", file.name(), LineOfRow(file, row - 2),
                      message);
  return InputError("{}: cannot be read as CSV: {}", file.name(), message);
}

struct Header {
  std::vector<std::string> names;
  bool alone = false;  // nothing follows, not even a line break
};

arrow::Result<Header> ReadHeader(const InputFile& file) {
  const auto read = [&]() -> arrow::Result<Header> {
    ARROW_ASSIGN_OR_RAISE(const auto stream, file.OpenText());
    Header header;
    std::string text;
    while (text.find('\n') == std::string::npos && static_cast<int64_t>(text.size()) < kHeaderBytes) {
      ARROW_ASSIGN_OR_RAISE(const auto block, stream->Read(64 << 10));
      header.alone = block->size() == 0;
      if (header.alone) break;
      text += block->ToString();
    }
    if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    text.resize(std::min(text.find('\n'), text.size()));
    if (!text.empty() && text.back() == '\r') text.pop_back();
    if (text.empty()) return header;
    arrow::csv::BlockParser parser(arrow::csv::ParseOptions::Defaults(), -1, -1, 1);
    uint32_t used = 0;
    text += '\n';
    ARROW_RETURN_NOT_OK(parser.ParseFinal(std::string_view(text), &used));
    for (int32_t column = 0; column < parser.num_cols(); ++column) {
      ARROW_RETURN_NOT_OK(
          parser.VisitColumn(column, [&](const uint8_t* data, uint32_t size, bool, auto&&...) {
            header.names.emplace_back(reinterpret_cast<const char*>(data), size);
            return arrow::Status::OK();
          }));
    }
    return header;
  };
  auto header = read();
  ARROW_RETURN_NOT_OK(ReadError(file, header.status()));
  return header;
}

class CsvReader : public BatchReader {
 public:
  CsvReader(InputFilePtr file, ReportKind kind, DecodeOptions options)
      : file_(std::move(file)),
        batch_rows_(options.batch_rows),
        decoder_(kind, Granularity::kHourly, options, file_->name(),
                 [this](int64_t row) { return Where(row); }) {}

  arrow::Status Open(ReportKind kind, const ColumnSet& columns, const Header& header) {
    arrow::SchemaBuilder schema(arrow::SchemaBuilder::CONFLICT_APPEND);
    for (const std::string& name : header.names)
      ARROW_RETURN_NOT_OK(schema.AddField(arrow::field(name, arrow::binary())));
    ARROW_ASSIGN_OR_RAISE(const auto file_schema, schema.Finish());
    ARROW_RETURN_NOT_OK(decoder_.CheckSchema(*file_schema));
    if (header.alone) return arrow::Status::OK();  // Arrow takes such a file for a broken one
    auto convert = arrow::csv::ConvertOptions::Defaults();
    for (const std::string& name : ArrowDecoder::NeededColumns(kind, columns)) {
      if (file_schema->GetFieldIndex(name) < 0) continue;
      convert.include_columns.push_back(name);
      convert.column_types[name] = arrow::binary();
    }
    convert.strings_can_be_null = false;
    auto parse = arrow::csv::ParseOptions::Defaults();
    parse.newlines_in_values = true;
    auto read = arrow::csv::ReadOptions::Defaults();
    read.use_threads = false;
    read.block_size = kBlockBytes;
    ARROW_ASSIGN_OR_RAISE(const auto stream, file_->OpenText());
    ARROW_ASSIGN_OR_RAISE(reader_, arrow::csv::StreamingReader::Make(arrow::io::default_io_context(), stream,
                                                                     read, parse, convert));
    return arrow::Status::OK();
  }

  arrow::Result<bool> Next(UsageBatch* batch) override {
    while (!pending_ || offset_ == pending_->num_rows()) {
      if (reader_) ARROW_RETURN_NOT_OK(ReadError(*file_, reader_->ReadNext(&pending_)));
      if (!pending_) return false;
      offset_ = 0;
      decoder_.counts().bytes_read = reader_->bytes_read();
    }
    const auto slice = pending_->Slice(offset_, batch_rows_);
    ARROW_RETURN_NOT_OK(decoder_.Decode(*slice, row_, batch));
    offset_ += slice->num_rows();
    row_ += slice->num_rows();
    return true;
  }

  std::string Where(int64_t source_row) const override {
    return fmt::format("{}: line {}", file_->name(), LineOfRow(*file_, source_row));
  }

  const DecodeCounts& counts() const override { return decoder_.counts(); }

 private:
  const InputFilePtr file_;
  const int64_t batch_rows_;
  ArrowDecoder decoder_;
  std::shared_ptr<arrow::csv::StreamingReader> reader_;  // none for a header alone
  std::shared_ptr<arrow::RecordBatch> pending_;
  int64_t offset_ = 0;  // into pending_
  int64_t row_ = 0;     // of the file
};

}  // namespace

arrow::Result<std::vector<std::string>> ReadCsvHeader(const InputFile& file) {
  ARROW_ASSIGN_OR_RAISE(Header header, ReadHeader(file));
  return std::move(header.names);
}

arrow::Result<std::unique_ptr<BatchReader>> OpenCsv(const InputFilePtr& file, ReportKind kind,
                                                    DecodeOptions options) {
  ARROW_ASSIGN_OR_RAISE(const Header header, ReadHeader(*file));
  auto reader = std::make_unique<CsvReader>(file, kind, options);
  ARROW_RETURN_NOT_OK(ReadError(*file, reader->Open(kind, options.columns, header)));
  return std::unique_ptr<BatchReader>(std::move(reader));
}

}  // namespace costream
