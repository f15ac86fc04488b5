#include "summary/parquet_summary.h"

#include <arrow/array.h>
#include <arrow/compute/cast.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <parquet/arrow/reader.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <limits>
#include <set>

#include "base/arrow_pool.h"
#include "base/error.h"
#include "decode/dictionary_chunk.h"
#include "sink/uuid_text.h"

namespace costream {
namespace {

constexpr int64_t kReadRows = 4096;

// As a row is made of: text, date32, int64 and double arrays.
arrow::Result<std::shared_ptr<arrow::Array>> AsColumn(int column, std::shared_ptr<arrow::Array> read) {
  if (read->type_id() == arrow::Type::EXTENSION) {
    read = static_cast<const arrow::ExtensionArray&>(*read).storage();
  }
  if (column == kUuid && read->type_id() == arrow::Type::FIXED_SIZE_BINARY) return read;
  const auto type = column == kUuid ? arrow::utf8() : SummarySchema()->field(column)->type();
  if (read->type()->Equals(*type)) return read;
  arrow::compute::CastOptions options;
  options.allow_time_truncate = true;  // a timestamp's day
  options.allow_decimal_truncate = true;
  return arrow::compute::Cast(*read, type, options);
}

// The rows of a batch, one after the other.
class BatchRows {
 public:
  // Columns that the summary lacks are null.
  explicit BatchRows(arrow::ArrayVector columns) : columns_(std::move(columns)) {}

  std::optional<Day> DayOfRow(int64_t row) const {
    const auto& days = static_cast<const arrow::Date32Array&>(*columns_[kUsageStart]);
    return days.IsNull(row) ? std::nullopt : std::optional(days.Value(row));
  }

  void Get(int64_t row, StoredRow* out) {
    for (int column = 0; column < kFirstMeasure; ++column) out->texts[column] = Text(column, row);
    for (int i = 0; i < kSummaryMeasures; ++i) {
      const auto* values = static_cast<const arrow::DoubleArray*>(columns_[kFirstMeasure + i].get());
      const bool null = !values || values->IsNull(row);
      out->measures[i] = null ? std::numeric_limits<double>::quiet_NaN() : values->Value(row);
    }
  }

 private:
  std::optional<std::string_view> Text(int column, int64_t row) {
    const arrow::Array* array = columns_[column].get();
    if (!array || array->IsNull(row)) return std::nullopt;
    switch (array->type_id()) {
      case arrow::Type::STRING:
        return static_cast<const arrow::StringArray*>(array)->GetView(row);
      case arrow::Type::DATE32:
        texts_[column] = FormatDay(static_cast<const arrow::Date32Array*>(array)->Value(row));
        break;
      case arrow::Type::INT64:
        texts_[column] = std::to_string(static_cast<const arrow::Int64Array*>(array)->Value(row));
        break;
      default: {
        const auto& bytes = static_cast<const arrow::FixedSizeBinaryArray&>(*array);
        texts_[column] = bytes.byte_width() == 16 ? UuidText(bytes.GetValue(row)) : std::string();
      }
    }
    return texts_[column];
  }

  const arrow::ArrayVector columns_;
  std::array<std::string, kFirstMeasure> texts_;
};

class ParquetSummary : public SummaryReader {
 public:
  explicit ParquetSummary(std::vector<InputFilePtr> files)
      : files_(std::move(files)), columns_(SummarySchema()->num_fields(), true) {}

  const std::vector<bool>& columns() const override { return columns_; }

  arrow::Status Open() {
    for (size_t file = 0; file < files_.size(); ++file) {
      const arrow::Status status = Index(file);
      if (!status.ok()) return ReadError(file, status);
    }
    return arrow::Status::OK();
  }

  arrow::Result<std::vector<Day>> Days() override { return std::vector<Day>(days_.begin(), days_.end()); }

  arrow::Status Read(Day day, const TakeRow& take) override {
    OpenedFile file;
    size_t open = files_.size();
    for (const Part& part : parts_) {
      if (day < part.first || day > part.last) continue;
      if (part.file != open) {
        auto opened = OpenFile(part.file);
        if (!opened.ok()) return ReadError(part.file, opened.status());
        file = *std::move(opened);
        open = part.file;
      }
      bool taken_badly = false;
      const arrow::Status status = ReadPart(file, part.row_group, day, take, &taken_badly);
      if (taken_badly) return status;
      if (!status.ok()) {
        return ReadError(part.file, WithContext(status, fmt::format("row group {}", part.row_group)));
      }
    }
    return arrow::Status::OK();
  }

 private:
  struct OpenedFile {
    std::shared_ptr<arrow::io::RandomAccessFile> bytes;
    std::unique_ptr<parquet::arrow::FileReader> reader;
  };

  // A row group and the days that it can hold.
  struct Part {
    size_t file = 0;
    int row_group = 0;
    Day first = 0, last = 0;
  };

  // What is no error of ours yet is one of the file.
  arrow::Status ReadError(size_t file, const arrow::Status& status) const {
    if (status.IsOutOfMemory() || KindOf(status) != ErrorKind::kInternal) return status;
    return InputError("{}: {}", files_[file]->name(), status.message());
  }

  arrow::Result<OpenedFile> OpenFile(size_t file) const {
    OpenedFile opened;
    ARROW_ASSIGN_OR_RAISE(opened.bytes, files_[file]->Open());
    parquet::arrow::FileReaderBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Open(opened.bytes));
    parquet::ArrowReaderProperties properties(/*use_threads=*/false);
    properties.set_batch_size(kReadRows);
    properties.set_pre_buffer(false);
    ARROW_ASSIGN_OR_RAISE(opened.reader, builder.memory_pool(ArrowPool())->properties(properties)->Build());
    return opened;
  }

  arrow::Status Index(size_t file) {
    ARROW_ASSIGN_OR_RAISE(const OpenedFile opened, OpenFile(file));
    const auto& reader = opened.reader;
    const auto& metadata = *reader->parquet_reader()->metadata();
    int days = -1;  // the leaf column
    for (int i = 0; i < metadata.num_columns(); ++i) {
      if (metadata.schema()->Column(i)->path()->ToDotString() == "usage_start") days = i;
    }
    if (days < 0) return arrow::Status::Invalid("has no column usage_start; it is no summary");
    std::shared_ptr<arrow::Schema> schema;
    ARROW_RETURN_NOT_OK(reader->GetSchema(&schema));
    for (int column = 0; column < SummarySchema()->num_fields(); ++column) {
      if (schema->GetFieldIndex(SummarySchema()->field(column)->name()) < 0) columns_[column] = false;
    }
    const bool dates = metadata.schema()->Column(days)->logical_type()->is_date();
    for (int group = 0; group < metadata.num_row_groups(); ++group) {
      if (metadata.RowGroup(group)->num_rows() == 0) continue;
      ARROW_RETURN_NOT_OK(IndexGroup(file, group, days, dates, reader.get()));
    }
    return arrow::Status::OK();
  }

  arrow::Status IndexGroup(size_t file, int group, int days, bool dates, parquet::arrow::FileReader* reader) {
    const auto statistics =
        reader->parquet_reader()->metadata()->RowGroup(group)->ColumnChunk(days)->statistics();
    if (dates && statistics && statistics->HasMinMax() &&
        statistics->physical_type() == parquet::Type::INT32) {
      const auto& range = static_cast<const parquet::Int32Statistics&>(*statistics);
      parts_.push_back({file, group, range.min(), range.max()});
      const bool no_nulls = statistics->HasNullCount() && statistics->null_count() == 0;
      if (range.min() == range.max() && no_nulls) {
        days_.insert(range.min());
        return arrow::Status::OK();
      }
    } else {
      parts_.push_back({file, group, std::numeric_limits<Day>::min(), std::numeric_limits<Day>::max()});
    }
    // Several days, or nothing known: the column tells.
    ARROW_ASSIGN_OR_RAISE(const auto batches, reader->GetRecordBatchReader({group}, {days}));
    for (std::shared_ptr<arrow::RecordBatch> batch;;) {
      ARROW_RETURN_NOT_OK(batches->ReadNext(&batch));
      if (!batch) return arrow::Status::OK();
      ARROW_ASSIGN_OR_RAISE(const auto column, AsColumn(kUsageStart, batch->column(0)));
      const auto& values = static_cast<const arrow::Date32Array&>(*column);
      if (values.null_count() > 0) return arrow::Status::Invalid("column usage_start: is null in a row");
      for (int64_t row = 0; row < values.length(); ++row) days_.insert(values.Value(row));
    }
  }

  // A row group is one stretch of bytes, read column by column.
  static arrow::Status FetchAhead(const OpenedFile& file, int group) {
    const auto metadata = file.reader->parquet_reader()->metadata()->RowGroup(group);
    int64_t begin = std::numeric_limits<int64_t>::max(), end = 0;
    for (int i = 0; i < metadata->num_columns(); ++i) {
      const auto chunk = metadata->ColumnChunk(i);
      begin = std::min(begin, BeginOf(*chunk));
      end = std::max(end, BeginOf(*chunk) + chunk->total_compressed_size());
    }
    return file.bytes->WillNeed({{begin, end - begin}});
  }

  static arrow::Status ReadPart(const OpenedFile& file, int group, Day day, const TakeRow& take,
                                bool* taken_badly) {
    ARROW_RETURN_NOT_OK(FetchAhead(file, group));
    ARROW_ASSIGN_OR_RAISE(const auto batches, file.reader->GetRecordBatchReader({group}));
    StoredRow out;
    for (std::shared_ptr<arrow::RecordBatch> batch;;) {
      ARROW_RETURN_NOT_OK(batches->ReadNext(&batch));
      if (!batch) return arrow::Status::OK();
      arrow::ArrayVector columns(SummarySchema()->num_fields());
      for (int i = 0; i < SummarySchema()->num_fields(); ++i) {
        const std::string& name = SummarySchema()->field(i)->name();
        const auto read = batch->GetColumnByName(name);
        if (!read) continue;
        ARROW_RETURN_NOT_OK(WithContext(read->ValidateFull(), "column " + name));
        auto column = AsColumn(i, read);
        ARROW_RETURN_NOT_OK(WithContext(column.status(), "column " + name));
        columns[i] = *std::move(column);
      }
      BatchRows rows(std::move(columns));
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        if (rows.DayOfRow(row) != day) continue;
        rows.Get(row, &out);
        if (const arrow::Status status = take(out); !status.ok()) {
          *taken_badly = true;
          return status;
        }
      }
    }
  }

  const std::vector<InputFilePtr> files_;
  std::vector<bool> columns_;  // that all files have
  std::vector<Part> parts_;
  std::set<Day> days_;
};

}  // namespace

arrow::Result<std::unique_ptr<SummaryReader>> OpenParquetSummary(std::vector<InputFilePtr> files) {
  auto summary = std::make_unique<ParquetSummary>(std::move(files));
  ARROW_RETURN_NOT_OK(summary->Open());
  return summary;
}

}  // namespace costream
