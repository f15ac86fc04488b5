#include "decode/csv_text.h"

#include <arrow/csv/api.h>
#include <arrow/csv/parser.h>
#include <arrow/io/api.h>

#include <charconv>

#include "base/error.h"

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

class CsvTextImpl : public CsvText {
 public:
  explicit CsvTextImpl(InputFilePtr file) : file_(std::move(file)) {}

  arrow::Status Open(const CsvHeader& header, const std::vector<std::string>& columns) {
    if (header.alone) return arrow::Status::OK();  // Arrow takes such a file for a broken one
    auto convert = arrow::csv::ConvertOptions::Defaults();
    convert.include_columns = columns;
    for (const std::string& name : columns) convert.column_types[name] = arrow::binary();
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

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    std::shared_ptr<arrow::RecordBatch> batch;
    if (reader_) ARROW_RETURN_NOT_OK(ReadError(*file_, reader_->ReadNext(&batch)));
    return batch;
  }

  int64_t bytes_read() const override { return reader_ ? reader_->bytes_read() : 0; }

 private:
  const InputFilePtr file_;
  std::shared_ptr<arrow::csv::StreamingReader> reader_;  // none for a header alone
};

}  // namespace

arrow::Result<CsvHeader> ReadCsvHeader(const InputFile& file) {
  const auto read = [&]() -> arrow::Result<CsvHeader> {
    ARROW_ASSIGN_OR_RAISE(const auto stream, file.OpenText());
    CsvHeader header;
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

arrow::Result<std::unique_ptr<CsvText>> CsvText::Open(InputFilePtr file, const CsvHeader& header,
                                                      const std::vector<std::string>& columns) {
  auto text = std::make_unique<CsvTextImpl>(file);
  ARROW_RETURN_NOT_OK(ReadError(*file, text->Open(header, columns)));
  return std::unique_ptr<CsvText>(std::move(text));
}

std::string WhereInCsv(const InputFile& file, int64_t row) {
  return fmt::format("{}: line {}", file.name(), LineOfRow(file, row));
}

}  // namespace costream
