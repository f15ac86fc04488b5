#include "decode/parquet_reader.h"

#include <arrow/array.h>
#include <arrow/io/file.h>
#include <arrow/type.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/units.h"
#include "decode/arrow_decoder.h"

namespace costream {
namespace {

constexpr int64_t kStreamBuffer = 64 << 10;

arrow::Status ReadError(const std::string& where, const arrow::Status& status) {
  if (status.ok() || KindOf(status) != ErrorKind::kInternal) return status;
  return InputError("{}: cannot be read as Parquet: {}", where, status.message());
}

// Runs what may throw a Parquet exception; no exception leaves this file.
template <typename Function>
arrow::Status Guard(const std::string& where, Function function) {
  try {
    return ReadError(where, function());
  } catch (const std::exception& error) {
    return InputError("{}: cannot be read as Parquet: {}", where, error.what());
  }
}

// What Arrow does not check of an untrusted file, and what the decoder relies on. Text may be any bytes.
arrow::Status CheckUntrusted(const arrow::RecordBatch& batch) {
  ARROW_RETURN_NOT_OK(batch.Validate());
  for (int i = 0; i < batch.num_columns(); ++i) {
    if (batch.column(i)->type_id() != arrow::Type::DICTIONARY) continue;
    const auto& column = static_cast<const arrow::DictionaryArray&>(*batch.column(i));
    for (int64_t row = 0; row < column.length(); ++row) {
      if (column.IsValid(row) &&
          (column.GetValueIndex(row) < 0 || column.GetValueIndex(row) >= column.dictionary()->length())) {
        return arrow::Status::Invalid("column '", batch.schema()->field(i)->name(),
                                      "': a code outside the dictionary");
      }
    }
  }
  return arrow::Status::OK();
}

// First and last day by the statistics of an INT64 timestamp column.
void FillDays(const parquet::RowGroupMetaData& group, int column, const arrow::DataType& type,
              RowGroupInfo* info) {
  if (column < 0 || type.id() != arrow::Type::TIMESTAMP) return;
  const auto chunk = group.ColumnChunk(column);
  if (chunk->type() != parquet::Type::INT64 || !chunk->is_stats_set()) return;
  const auto statistics = std::static_pointer_cast<parquet::Int64Statistics>(chunk->statistics());
  if (!statistics || !statistics->HasMinMax()) return;
  const auto unit = static_cast<const arrow::TimestampType&>(type).unit();
  const int64_t per_day = kMicrosPerDay / kMicrosPerSecond *
                          (unit == arrow::TimeUnit::SECOND  ? 1
                           : unit == arrow::TimeUnit::MILLI ? 1000
                           : unit == arrow::TimeUnit::MICRO ? 1'000'000
                                                            : 1'000'000'000);
  const auto day_of = [&](int64_t value) {
    const int64_t day = value / per_day - (value % per_day < 0);
    return static_cast<Day>(
        std::clamp<int64_t>(day, std::numeric_limits<Day>::min(), std::numeric_limits<Day>::max()));
  };
  info->first_day = day_of(statistics->min());
  info->last_day = day_of(statistics->max());
}

class RowGroupReader : public BatchReader {
 public:
  RowGroupReader(const std::string& path, int index, ReportKind kind, Granularity granularity,
                 DecodeOptions options, int64_t bytes)
      : path_(path),
        index_(index),
        decoder_(kind, granularity, options, path, [this](int64_t row) { return Where(row); }),
        bytes_(bytes) {}

  ArrowDecoder& decoder() { return decoder_; }

  arrow::Status Open(std::shared_ptr<parquet::FileMetaData> metadata, const std::vector<int>& columns,
                     int64_t chunk_size) {
    ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::ReadableFile::Open(path_));
    parquet::ReaderProperties properties;
    properties.enable_buffered_stream();
    properties.set_buffer_size(kStreamBuffer);
    parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
    arrow_properties.set_batch_size(chunk_size);
    arrow_properties.set_pre_buffer(false);
    arrow_properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
    const auto& schema = *metadata->schema();
    for (int column = 0; column < schema.num_columns(); ++column) {
      if (schema.Column(column)->physical_type() == parquet::Type::BYTE_ARRAY) {
        const auto& logical = schema.Column(column)->logical_type();
        if (!logical || !logical->is_decimal()) arrow_properties.set_read_dictionary(column, true);
      }
    }
    auto parquet_reader = parquet::ParquetFileReader::Open(file, properties, std::move(metadata));
    ARROW_ASSIGN_OR_RAISE(
        reader_, parquet::arrow::FileReader::Make(arrow::default_memory_pool(), std::move(parquet_reader),
                                                  arrow_properties));
    ARROW_ASSIGN_OR_RAISE(batches_, reader_->GetRecordBatchReader({index_}, columns));
    return arrow::Status::OK();
  }

  arrow::Result<bool> Next(UsageBatch* batch) override {
    std::shared_ptr<arrow::RecordBatch> input;
    ARROW_RETURN_NOT_OK(
        Guard(fmt::format("{}: row group {}", path_, index_), [&] { return batches_->ReadNext(&input); }));
    if (!input) {
      decoder_.counts().bytes_read = bytes_;
      return false;
    }
    ARROW_RETURN_NOT_OK(ReadError(Where(row_), CheckUntrusted(*input)));
    ARROW_RETURN_NOT_OK(decoder_.Decode(*input, row_, batch));
    row_ += input->num_rows();
    return true;
  }

  std::string Where(int64_t source_row) const override {
    return fmt::format("{}: row group {}, row {}", path_, index_, source_row);
  }

  const DecodeCounts& counts() const override { return decoder_.counts(); }

 private:
  const std::string path_;
  const int index_;
  ArrowDecoder decoder_;
  const int64_t bytes_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::shared_ptr<arrow::RecordBatchReader> batches_;
  int64_t row_ = 0;  // of the row group
};

class ParquetFileImpl : public ParquetFile {
 public:
  ParquetFileImpl(std::string path, ReportKind kind, Granularity granularity)
      : path_(std::move(path)), kind_(kind), granularity_(granularity) {}

  arrow::Status Init() {
    ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::ReadableFile::Open(path_));
    metadata_ = parquet::ParquetFileReader::Open(file)->metadata();
    // The types that the reader will give: a type stored by Arrow beats that of the column.
    ARROW_RETURN_NOT_OK(parquet::arrow::FromParquetSchema(metadata_->schema(),
                                                          parquet::default_arrow_reader_properties(),
                                                          metadata_->key_value_metadata(), &schema_));
    // The types of the values in the file, which its statistics have.
    std::shared_ptr<arrow::Schema> stored;
    ARROW_RETURN_NOT_OK(parquet::arrow::FromParquetSchema(metadata_->schema(), &stored));
    const auto position = stored->GetFieldIndex(std::string(kIntervalStart));
    const int time_column = metadata_->schema()->ColumnIndex(std::string(kIntervalStart));
    for (int i = 0; i < metadata_->num_row_groups(); ++i) {
      const auto group = metadata_->RowGroup(i);
      RowGroupInfo info{i, group->num_rows(), group->total_compressed_size(), std::nullopt, std::nullopt};
      if (position >= 0) FillDays(*group, time_column, *stored->field(position)->type(), &info);
      row_groups_.push_back(info);
    }
    return arrow::Status::OK();
  }

  const std::vector<RowGroupInfo>& row_groups() const override { return row_groups_; }

  arrow::Result<std::unique_ptr<BatchReader>> OpenRowGroup(int index, DecodeOptions options) override {
    auto reader = std::make_unique<RowGroupReader>(path_, index, kind_, granularity_, options,
                                                   row_groups_[index].bytes);
    ARROW_RETURN_NOT_OK(reader->decoder().CheckSchema(*schema_));
    std::vector<int> columns;
    for (const std::string& name : ArrowDecoder::NeededColumns(kind_, options.columns)) {
      const int column = metadata_->schema()->ColumnIndex(name);
      if (column >= 0) columns.push_back(column);
    }
    ARROW_RETURN_NOT_OK(Guard(fmt::format("{}: row group {}", path_, index),
                              [&] { return reader->Open(metadata_, columns, options.chunk_size); }));
    return std::unique_ptr<BatchReader>(std::move(reader));
  }

 private:
  const std::string path_;
  const ReportKind kind_;
  const Granularity granularity_;
  std::shared_ptr<parquet::FileMetaData> metadata_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<RowGroupInfo> row_groups_;
};

}  // namespace

arrow::Result<std::shared_ptr<ParquetFile>> ParquetFile::Open(const std::string& path, ReportKind kind,
                                                              Granularity granularity) {
  auto file = std::make_shared<ParquetFileImpl>(path, kind, granularity);
  ARROW_RETURN_NOT_OK(Guard(path, [&] { return file->Init(); }));
  return std::shared_ptr<ParquetFile>(std::move(file));
}

}  // namespace costream
