#include "generate/table_writer.h"

#include <arrow/array.h>
#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/checked_cast.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include "base/row_group_writer.h"

namespace costream {
namespace {

using arrow::internal::checked_cast;

class ParquetFile : public ReportFile {
 public:
  explicit ParquetFile(std::unique_ptr<RowGroupWriter> writer) : writer_(std::move(writer)) {}

  arrow::Status Write(const arrow::RecordBatch& batch) override { return writer_->Write(batch); }
  arrow::Result<int64_t> Close() override { return writer_->Close(); }

 private:
  const std::unique_ptr<RowGroupWriter> writer_;
};

class CsvFile : public ReportFile {
 public:
  explicit CsvFile(std::shared_ptr<arrow::io::OutputStream> stream) : stream_(std::move(stream)) {}

  arrow::Status WriteHeader(const arrow::Schema& schema) {
    return stream_->Write(fmt::format("{}\n", fmt::join(schema.field_names(), ",")));
  }

  arrow::Status Write(const arrow::RecordBatch& batch) override {
    fmt::memory_buffer text;
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      for (int column = 0; column < batch.num_columns(); ++column) {
        if (column > 0) text.push_back(',');
        AppendCell(*batch.column(column), row, text);
      }
      text.push_back('\n');
      if (text.size() < (1 << 20) && row + 1 < batch.num_rows()) continue;
      ARROW_RETURN_NOT_OK(stream_->Write(text.data(), static_cast<int64_t>(text.size())));
      text.clear();
    }
    return arrow::Status::OK();
  }

  arrow::Result<int64_t> Close() override {
    ARROW_ASSIGN_OR_RAISE(const int64_t bytes, stream_->Tell());
    ARROW_RETURN_NOT_OK(stream_->Close());
    return bytes;
  }

 private:
  static void AppendText(std::string_view value, fmt::memory_buffer& text) {
    if (value.find_first_of(",\"\r\n") == std::string_view::npos) {
      text.append(value.data(), value.data() + value.size());
      return;
    }
    text.push_back('"');
    for (const char c : value) {
      if (c == '"') text.push_back('"');
      text.push_back(c);
    }
    text.push_back('"');
  }

  static void AppendTime(int64_t ms, fmt::memory_buffer& text) {
    using namespace std::chrono;
    const sys_seconds time(seconds(ms / 1000));
    const auto midnight = floor<days>(time);
    const year_month_day date(midnight);
    const hh_mm_ss clock(time - midnight);
    fmt::format_to(std::back_inserter(text), "{}-{:02}-{:02} {:02}:{:02}:{:02} +0000 UTC",
                   static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                   static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(),
                   clock.seconds().count());
  }

  static void AppendNumber(double value, fmt::memory_buffer& text) {
    if (std::abs(value) < 0x1p53 && value == std::trunc(value)) {  // most are, and integers print much faster
      fmt::format_to(std::back_inserter(text), "{}.000000", static_cast<int64_t>(value));
    } else {
      fmt::format_to(std::back_inserter(text), "{:.6f}", value);
    }
  }

  static void AppendCell(const arrow::Array& array, int64_t row, fmt::memory_buffer& text) {
    switch (array.type_id()) {
      case arrow::Type::TIMESTAMP:
        return AppendTime(checked_cast<const arrow::TimestampArray&>(array).Value(row), text);
      case arrow::Type::DICTIONARY: {
        const auto& codes = checked_cast<const arrow::DictionaryArray&>(array);
        const auto& values = checked_cast<const arrow::StringArray&>(*codes.dictionary());
        return AppendText(values.GetView(codes.GetValueIndex(row)), text);
      }
      case arrow::Type::INT64:
        fmt::format_to(std::back_inserter(text), "{}",
                       checked_cast<const arrow::Int64Array&>(array).Value(row));
        return;
      default:
        AppendNumber(checked_cast<const arrow::DoubleArray&>(array).Value(row), text);
    }
  }

  std::shared_ptr<arrow::io::OutputStream> stream_;
};

}  // namespace

arrow::Result<std::unique_ptr<ReportFile>> OpenParquetFile(const std::string& path, const TableSpec& spec,
                                                           const std::string& plain_column,
                                                           std::shared_ptr<arrow::Schema> schema) {
  std::vector<std::string> plain;
  for (const ColumnSpec& column : spec) {
    if (column.kind == ColumnKind::kMeasure || column.name == plain_column) plain.push_back(column.name);
  }
  ARROW_ASSIGN_OR_RAISE(auto writer, RowGroupWriter::Open(path, schema, plain));
  return std::make_unique<ParquetFile>(std::move(writer));
}

arrow::Result<std::unique_ptr<ReportFile>> OpenCsvFile(const std::string& path,
                                                       const std::shared_ptr<arrow::Schema>& schema) {
  ARROW_ASSIGN_OR_RAISE(auto stream, arrow::io::FileOutputStream::Open(path));
  auto file = std::make_unique<CsvFile>(std::move(stream));
  ARROW_RETURN_NOT_OK(file->WriteHeader(*schema));
  return file;
}

ReportTable::ReportTable(TableSpec spec, GenerateFormat format, const std::string& plain_column)
    : spec_(std::move(spec)), format_(format), plain_column_(plain_column), buffer_(spec_, plain_column) {}

arrow::Status ReportTable::Open(const std::string& path) {
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return arrow::Status::IOError("Cannot create ", directory.string(), ": ", error.message());
  if (format_ == GenerateFormat::kParquet) {
    ARROW_ASSIGN_OR_RAISE(file_, OpenParquetFile(path, spec_, plain_column_, buffer_.schema()));
  } else {
    ARROW_ASSIGN_OR_RAISE(file_, OpenCsvFile(path, buffer_.schema()));
  }
  ++files_;
  return arrow::Status::OK();
}

arrow::Status ReportTable::Flush() {
  if (buffer_.rows() == 0) return arrow::Status::OK();
  return file_->Write(*buffer_.Finish());
}

arrow::Status ReportTable::Close() {
  ARROW_RETURN_NOT_OK(Flush());
  ARROW_ASSIGN_OR_RAISE(const int64_t bytes, file_->Close());
  file_.reset();
  bytes_ += bytes;
  return arrow::Status::OK();
}

}  // namespace costream
