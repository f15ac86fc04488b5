#include "sink/csv_sink.h"

#include <arrow/array.h>
#include <arrow/io/file.h>
#include <arrow/util/decimal.h>
#include <unistd.h>

#include <iterator>

#include "base/date.h"
#include "base/decimal15.h"
#include "base/error.h"
#include "model/summary.h"
#include "sink/atomic_file.h"
#include "sink/columns.h"
#include "sink/existing_rows.h"
#include "sink/uuid_text.h"

namespace costream {
namespace {

void AppendQuoted(std::string_view text, std::string* out) {
  *out += '"';
  for (const char c : text) {
    if (c == '"') *out += '"';
    *out += c;
  }
  *out += '"';
}

// All digits, as PostgreSQL spells a numeric; Arrow's own text has exponents.
void AppendDecimal(const arrow::Decimal128& value, std::string* out) {
  std::string digits = arrow::Decimal128(arrow::Decimal128::Abs(value)).ToIntegerString();
  if (digits.size() <= size_t{kDecimalScale}) digits.insert(0, kDecimalScale + 1 - digits.size(), '0');
  digits.insert(digits.size() - kDecimalScale, 1, '.');
  if (value.IsNegative()) *out += '-';
  *out += digits;
}

void AppendCell(const arrow::Array& column, int64_t row, std::string* out) {
  if (column.IsNull(row)) return;
  switch (column.type_id()) {
    case arrow::Type::FIXED_SIZE_BINARY:
      return AppendQuoted(UuidText(static_cast<const arrow::FixedSizeBinaryArray&>(column).GetValue(row)),
                          out);
    case arrow::Type::DATE32:
      *out += FormatDay(static_cast<const arrow::Date32Array&>(column).Value(row));
      return;
    case arrow::Type::INT64:
      fmt::format_to(std::back_inserter(*out), "{}",
                     static_cast<const arrow::Int64Array&>(column).Value(row));
      return;
    case arrow::Type::DECIMAL128:
      return AppendDecimal(
          arrow::Decimal128(static_cast<const arrow::Decimal128Array&>(column).GetValue(row)), out);
    case arrow::Type::STRING:
      return AppendQuoted(static_cast<const arrow::StringArray&>(column).GetView(row), out);
    default: {
      const auto& texts = static_cast<const arrow::DictionaryArray&>(column);
      AppendQuoted(
          static_cast<const arrow::StringArray&>(*texts.dictionary()).GetView(texts.GetValueIndex(row)), out);
    }
  }
}

class CsvSink : public Sink {
 public:
  CsvSink(std::string path, const SinkOptions& options) : path_(std::move(path)), options_(options) {}

  arrow::Result<ExistingRows> Existing(const RunScope&) override {
    if (path_ == "-") return ExistingRows{};
    ARROW_ASSIGN_OR_RAISE(const auto file, FileOfTarget(path_, options_.s3));
    ARROW_ASSIGN_OR_RAISE(const int64_t rows, CountCsvRows(file, path_));
    return ExistingRows{rows, {}};
  }

  arrow::Status Begin(const RunScope&) override {
    if (path_ == "-") {
      // Not arrow::io::StdoutStream: it reports no failed write.
      const auto opened = arrow::io::FileOutputStream::Open(dup(STDOUT_FILENO));
      ARROW_RETURN_NOT_OK(WriteError(path_, opened.status()));
      stream_ = *opened;
    } else {
      ARROW_ASSIGN_OR_RAISE(file_, AtomicFile::Create(path_, "--to", options_.s3));
      stream_ = file_->stream();
    }
    return WriteError(path_,
                      stream_->Write(fmt::format("{}\n", fmt::join(SummarySchema()->field_names(), ","))));
  }

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    ARROW_ASSIGN_OR_RAISE(const auto decimals, WithDecimalMeasures(*batch));
    text_.clear();
    for (int64_t row = 0; row < decimals->num_rows(); ++row) {
      for (int column = 0; column < decimals->num_columns(); ++column) {
        if (column > 0) text_ += ',';
        AppendCell(*decimals->column(column), row, &text_);
      }
      text_ += '\n';
    }
    return WriteError(path_, stream_->Write(text_));
  }

  arrow::Status Commit(const std::vector<Day>& days) override {
    if (file_ && days.empty() && !options_.allow_empty) {
      ARROW_ASSIGN_OR_RAISE(const auto existing, FileOfTarget(path_, options_.s3));
      if (CsvHasRows(existing)) return EmptyInputRefused(path_);
    }
    return file_ ? file_->Commit() : WriteError(path_, stream_->Close());
  }

  void Abort() override {
    if (file_) file_->Abort();
  }

 private:
  const std::string path_;
  const SinkOptions options_;
  std::unique_ptr<AtomicFile> file_;
  std::shared_ptr<arrow::io::OutputStream> stream_;
  std::string text_;  // of one batch
};

}  // namespace

std::unique_ptr<Sink> MakeCsvSink(const std::string& path, const SinkOptions& options) {
  return std::make_unique<CsvSink>(path, options);
}

}  // namespace costream
