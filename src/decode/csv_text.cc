#include "decode/csv_text.h"

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/builder.h>
#include <arrow/csv/api.h>
#include <arrow/csv/parser.h>
#include <arrow/io/api.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>
#include <string_view>

#include "base/arrow_pool.h"
#include "base/error.h"

namespace costream {
namespace {

constexpr int32_t kBlockBytes = 1 << 20;  // the largest row that can be read
constexpr int64_t kHeaderBytes = 1 << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// For Arrow's parser, which ends the process where its pool says that there is no memory.
class ThrowingPool : public arrow::ProxyMemoryPool {
 public:
  using ProxyMemoryPool::ProxyMemoryPool;
  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override {
    return Checked(ProxyMemoryPool::Allocate(size, alignment, out));
  }
  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment, uint8_t** at) override {
    return Checked(ProxyMemoryPool::Reallocate(old_size, new_size, alignment, at));
  }

 private:
  static arrow::Status Checked(arrow::Status status) {
    if (!status.ok()) throw std::bad_alloc();
    return status;
  }
};

arrow::MemoryPool* ParserPool() {
  static ThrowingPool pool(ArrowPool());
  return &pool;
}

// Parses with a parser of that pool. final: nothing comes after the text.
arrow::Status Parse(std::string_view text, bool final, arrow::csv::BlockParser* parser, uint32_t* used) {
  try {
    return final ? parser->ParseFinal(text, used) : parser->Parse(text, used);
  } catch (const std::bad_alloc&) {
    return OutOfMemoryError();
  }
}

arrow::csv::ParseOptions ParseOptions() {
  auto options = arrow::csv::ParseOptions::Defaults();
  options.newlines_in_values = true;
  return options;
}

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
  const size_t at = message.find("Row #");
  int64_t row = 0;
  if (at != std::string::npos) std::from_chars(message.data() + at + 5, message.data() + message.size(), row);
  if (row > 1) return InputErrorAt(WhereInCsv(file, row - 2), "cannot be read as CSV: {}", message);
  return InputErrorAt(file.name(), "cannot be read as CSV: {}", message);
}

// Block by block on the caller's thread: Arrow's own streaming reader reads up to 32 blocks ahead.
class CsvTextImpl : public CsvText {
 public:
  explicit CsvTextImpl(InputFilePtr file) : file_(std::move(file)) {}

  arrow::Status Open(const CsvHeader& header, const std::vector<std::string>& columns) {
    if (header.alone) return arrow::Status::OK();
    parse_ = ParseOptions();
    columns_in_file_ = static_cast<int32_t>(header.names.size());
    arrow::FieldVector fields;
    for (const std::string& name : columns) {
      fields.push_back(arrow::field(name, arrow::binary()));
      columns_.push_back(static_cast<int32_t>(std::ranges::find(header.names, name) - header.names.begin()));
    }
    schema_ = arrow::schema(fields);
    ARROW_ASSIGN_OR_RAISE(stream_, file_->OpenText());
    ARROW_RETURN_NOT_OK(ReadBlock());
    return SkipHeader();
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    std::shared_ptr<arrow::RecordBatch> batch;
    while (stream_ && (!batch || batch->num_rows() == 0)) {
      ARROW_RETURN_NOT_OK(ReadError(*file_, ParseBlock().Value(&batch)));
    }
    return batch && batch->num_rows() > 0 ? batch : nullptr;
  }

  int64_t bytes_read() const override { return bytes_read_; }

 private:
  // Adds text to what is left of the block at hand.
  arrow::Status ReadBlock() {
    const int64_t left = block_ ? block_->size() : 0;
    ARROW_ASSIGN_OR_RAISE(auto block, arrow::AllocateResizableBuffer(left + kBlockBytes, ArrowPool()));
    if (left > 0) std::memcpy(block->mutable_data(), block_->data(), left);
    ARROW_ASSIGN_OR_RAISE(const int64_t got, stream_->Read(kBlockBytes, block->mutable_data() + left));
    ARROW_RETURN_NOT_OK(block->Resize(left + got, /*shrink_to_fit=*/false));
    block_ = std::move(block);
    bytes_read_ += got;
    at_end_ = got == 0;
    return arrow::Status::OK();
  }

  arrow::Status SkipHeader() {
    std::string_view text(*block_);
    const size_t mark = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    text.remove_prefix(mark);
    arrow::csv::BlockParser parser(ParserPool(), parse_, -1, 1, 1);
    uint32_t used = 0;
    ARROW_RETURN_NOT_OK(Parse(text, false, &parser, &used));
    block_ = arrow::SliceBuffer(block_, static_cast<int64_t>(mark + used));
    return arrow::Status::OK();
  }

  // Parses the whole rows of the block at hand, and reads on.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> ParseBlock() {
    arrow::csv::BlockParser parser(ParserPool(), parse_, columns_in_file_, 2 + rows_);
    const std::string_view text(*block_);
    uint32_t used = 0;
    ARROW_RETURN_NOT_OK(Parse(text, at_end_, &parser, &used));
    if (used == 0 && block_->size() > kBlockBytes) {
      return InputErrorAt(file_->name(),
                          "holds a record of more than {} bytes, or a quote that is never closed",
                          kBlockBytes);
    }
    rows_ += parser.num_rows();
    ARROW_ASSIGN_OR_RAISE(auto batch, Columns(parser));
    if (at_end_) {
      stream_.reset();
      return batch;
    }
    block_ = arrow::SliceBuffer(block_, used);
    ARROW_RETURN_NOT_OK(ReadBlock());
    return batch;
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Columns(const arrow::csv::BlockParser& parser) const {
    arrow::ArrayVector arrays;
    for (const int32_t column : columns_) {
      arrow::BinaryBuilder builder(ArrowPool());
      ARROW_RETURN_NOT_OK(builder.Reserve(parser.num_rows()));
      ARROW_RETURN_NOT_OK(parser.VisitColumn(column, [&](const uint8_t* data, uint32_t size, bool,
                                                         auto&&...) { return builder.Append(data, size); }));
      ARROW_RETURN_NOT_OK(builder.Finish(&arrays.emplace_back()));
    }
    return arrow::RecordBatch::Make(schema_, parser.num_rows(), std::move(arrays));
  }

  const InputFilePtr file_;
  arrow::csv::ParseOptions parse_;
  int32_t columns_in_file_ = 0;
  std::vector<int32_t> columns_;  // numbers of those to read
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::io::InputStream> stream_;  // none when all is read
  std::shared_ptr<arrow::Buffer> block_;            // not parsed yet
  bool at_end_ = false;                             // of the file: nothing comes after the block
  int64_t bytes_read_ = 0;
  int64_t rows_ = 0;
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
    if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
    text.resize(std::min(text.find('\n'), text.size()));
    if (!text.empty() && text.back() == '\r') text.pop_back();
    if (text.empty()) return header;
    arrow::csv::BlockParser parser(ParserPool(), arrow::csv::ParseOptions::Defaults(), -1, -1, 1);
    uint32_t used = 0;
    text += '\n';
    ARROW_RETURN_NOT_OK(Parse(text, true, &parser, &used));
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

ErrorPlace WhereInCsv(const InputFile& file, int64_t row) {
  ErrorPlace place(file.name());
  place.line = LineOfRow(file, row);
  return place;
}

}  // namespace costream
