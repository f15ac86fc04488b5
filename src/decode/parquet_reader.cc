#include "decode/parquet_reader.h"

#include <arrow/array.h>
#include <arrow/io/file.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <limits>
#include <mutex>

#include "base/arrow_pool.h"
#include "base/error.h"
#include "base/units.h"
#include "decode/arrow_decoder.h"
#include "decode/dictionary_chunk.h"
#include "decode/parquet_column.h"

namespace costream {
namespace {

constexpr int64_t kStreamBuffer = 64 << 10;

ErrorPlace RowGroupOf(const InputFile& file, int index) {
  ErrorPlace place(file.name());
  place.row_group = index;
  return place;
}

arrow::Status ReadError(const ErrorPlace& where, const arrow::Status& status) {
  if (status.ok() || status.IsOutOfMemory() || KindOf(status) != ErrorKind::kInternal) return status;
  return InputErrorAt(where, "cannot be read as Parquet: {}", status.message());
}

// Runs what may throw a Parquet exception; no exception leaves this file.
template <typename Function>
arrow::Status Guard(const ErrorPlace& where, Function function) {
  try {
    return ReadError(where, function());
  } catch (const parquet::ParquetStatusException& error) {
    return ReadError(where, error.status());
  } catch (const std::bad_alloc&) {
    return OutOfMemoryError();
  } catch (const std::exception& error) {
    return InputErrorAt(where, "cannot be read as Parquet: {}", error.what());
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

// Where the columns lie in the file.
std::vector<arrow::io::ReadRange> BytesOf(const parquet::RowGroupMetaData& group,
                                          const std::vector<int>& columns) {
  std::vector<arrow::io::ReadRange> ranges;
  for (const int column : columns) {
    const auto chunk = group.ColumnChunk(column);
    const int64_t begin = BeginOf(*chunk);
    if (begin >= 0) ranges.push_back({begin, chunk->total_compressed_size()});
  }
  return ranges;
}

class RowGroupReader : public BatchReader {
 public:
  RowGroupReader(InputFilePtr file, const RowGroupInfo& info, ReportKind kind, Granularity granularity,
                 const DecodeOptions& options)
      : file_(std::move(file)),
        info_(info),
        kind_(kind),
        batch_rows_(options.batch_rows),
        decoder_(kind, granularity, options, file_->name(), [this](int64_t row) { return Where(row); }) {}

  const ArrowDecoder& decoder() const { return decoder_; }

  // `columns`: numbers of the columns to read. `schema`: of the file.
  arrow::Status Open(const std::shared_ptr<parquet::FileMetaData>& metadata, const std::vector<int>& columns,
                     const arrow::Schema& schema) {
    std::vector<int> others;  // that Arrow reads
    if (decoder_.options().reads_all_columns) {
      for (int column = 0; column < metadata->num_columns(); ++column) {
        if (std::ranges::find(columns, column) == columns.end()) others.push_back(column);
      }
    }
    std::vector<int> all = columns;
    all.insert(all.end(), others.begin(), others.end());
    ARROW_ASSIGN_OR_RAISE(const auto file, file_->Open());
    ARROW_RETURN_NOT_OK(file->WillNeed(BytesOf(*metadata->RowGroup(info_.index), all)));
    parquet::ReaderProperties properties(ArrowPool());
    properties.enable_buffered_stream();
    properties.set_buffer_size(kStreamBuffer);
    properties.set_page_checksum_verification(true);  // of pages that have one
    reader_ = parquet::ParquetFileReader::Open(file, properties, metadata);
    group_ = reader_->RowGroup(info_.index);
    for (const int column : columns) {
      const auto field = schema.GetFieldByName(metadata->schema()->Column(column)->name());
      auto opened = OpenParquetColumn({file, properties, group_}, column, kind_, *field->type(), &decoder_);
      if (opened) {
        columns_.push_back(std::move(opened));
      } else {
        others.push_back(column);
      }
    }
    return others.empty() ? arrow::Status::OK() : OpenOthers(file, properties, metadata, others);
  }

  arrow::Result<bool> Next(UsageBatch* batch) override {
    bool more = false;
    ARROW_RETURN_NOT_OK(Guard(RowGroupOf(*file_, info_.index), [&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(more, ReadColumns(batch));
      return arrow::Status::OK();
    }));
    if (!more) {
      decoder_.counts().bytes_read = info_.bytes;
      Close();
      return false;
    }
    row_ += batch->rows;
    decoder_.Finish(batch);
    return true;
  }

  ErrorPlace Where(int64_t source_row) const override {
    ErrorPlace place = RowGroupOf(*file_, info_.index);
    place.row = source_row;
    return place;
  }

  const DecodeCounts& counts() const override { return decoder_.counts(); }

 private:
  // Columns that Arrow has to convert, and those that are read for nothing.
  arrow::Status OpenOthers(const std::shared_ptr<arrow::io::RandomAccessFile>& file,
                           const parquet::ReaderProperties& properties,
                           const std::shared_ptr<parquet::FileMetaData>& metadata,
                           const std::vector<int>& columns) {
    parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
    arrow_properties.set_batch_size(batch_rows_);
    arrow_properties.set_pre_buffer(false);
    arrow_properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
    ARROW_ASSIGN_OR_RAISE(
        others_reader_,
        parquet::arrow::FileReader::Make(
            ArrowPool(), parquet::ParquetFileReader::Open(file, properties, metadata), arrow_properties));
    return others_reader_->GetRecordBatchReader({info_.index}, columns).Value(&others_);
  }

  // Gives file and buffers back; this may live on with the batches.
  void Close() {
    columns_.clear();
    others_.reset();
    others_reader_.reset();
    group_.reset();
    reader_.reset();
  }

  arrow::Result<bool> ReadColumns(UsageBatch* batch) {
    int64_t rows = std::min(batch_rows_, info_.rows - row_);
    std::shared_ptr<arrow::RecordBatch> others;
    if (others_) {
      ARROW_RETURN_NOT_OK(others_->ReadNext(&others));
      if (!others && rows > 0) return arrow::Status::Invalid("a column ends before the row group");
      if (!others) return false;
      ARROW_RETURN_NOT_OK(CheckUntrusted(*others));
      rows = others->num_rows();
      if (rows > info_.rows - row_)
        return arrow::Status::Invalid("a column has more rows than the row group");
    }
    if (rows <= 0) return false;
    decoder_.Begin(rows, row_, batch);
    for (const auto& column : columns_) ARROW_RETURN_NOT_OK(column->Read(rows, batch));
    if (others) ARROW_RETURN_NOT_OK(decoder_.ReadColumns(*others, batch));
    return true;
  }

  const InputFilePtr file_;
  const RowGroupInfo info_;
  const ReportKind kind_;
  const int64_t batch_rows_;
  ArrowDecoder decoder_;
  std::unique_ptr<parquet::ParquetFileReader> reader_;
  std::shared_ptr<parquet::RowGroupReader> group_;
  std::vector<std::unique_ptr<ParquetColumn>> columns_;
  std::unique_ptr<parquet::arrow::FileReader> others_reader_;
  std::shared_ptr<arrow::RecordBatchReader> others_;
  int64_t row_ = 0;  // of the row group
};

class ParquetFileImpl : public ParquetFile {
 public:
  ParquetFileImpl(InputFilePtr file, ReportKind kind, Granularity granularity)
      : file_(std::move(file)), kind_(kind), granularity_(granularity) {}

  arrow::Status Init() {
    ARROW_ASSIGN_OR_RAISE(const auto metadata, ReadMetadata());
    // The types that the reader will give: a type stored by Arrow beats that of the column.
    ARROW_RETURN_NOT_OK(parquet::arrow::FromParquetSchema(metadata->schema(),
                                                          parquet::default_arrow_reader_properties(),
                                                          metadata->key_value_metadata(), &schema_));
    // That of the object beats that of the footer.
    const auto& of_footer = metadata->key_value_metadata();
    delivery_ = ReadDelivery([&, of_object = file_->metadata()](std::string_view key) {
      if (const auto found = of_object.find(std::string(key)); found != of_object.end()) {
        return std::optional(found->second);
      }
      const int index = of_footer ? of_footer->FindKey(key) : -1;
      return index < 0 ? std::nullopt : std::optional(of_footer->value(index));
    });
    // The types of the values in the file, which its statistics have.
    std::shared_ptr<arrow::Schema> stored;
    ARROW_RETURN_NOT_OK(parquet::arrow::FromParquetSchema(metadata->schema(), &stored));
    const auto position = stored->GetFieldIndex(std::string(kIntervalStart));
    const int time_column = metadata->schema()->ColumnIndex(std::string(kIntervalStart));
    for (int i = 0; i < metadata->num_row_groups(); ++i) {
      const auto group = metadata->RowGroup(i);
      RowGroupInfo info{i, group->num_rows(), group->total_compressed_size(), std::nullopt, std::nullopt};
      if (position >= 0) FillDays(*group, time_column, *stored->field(position)->type(), &info);
      row_groups_.push_back(info);
    }
    NoteBytes(*metadata);
    return arrow::Status::OK();
  }

  const std::vector<RowGroupInfo>& row_groups() const override { return row_groups_; }
  const std::optional<DeliveryFacts>& delivery() const override { return delivery_; }

  int64_t BytesOfColumns(int index, const ColumnSet& columns) const override {
    int64_t bytes = 0;
    for (const std::string& name : ArrowDecoder::NeededColumns(kind_, columns)) {
      const auto found = std::ranges::find(report_columns_, name);
      if (found != report_columns_.end()) bytes += column_bytes_[index][found - report_columns_.begin()];
    }
    return bytes;
  }

  arrow::Result<std::unique_ptr<BatchReader>> OpenRowGroup(int index, DecodeOptions options) override {
    auto reader = std::make_unique<RowGroupReader>(file_, row_groups_[index], kind_, granularity_, options);
    ARROW_RETURN_NOT_OK(reader->decoder().CheckSchema(*schema_));
    ARROW_RETURN_NOT_OK(Guard(RowGroupOf(*file_, index), [&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(const auto metadata, Metadata());
      return reader->Open(metadata, NumbersOf(options.columns, *metadata), *schema_);
    }));
    return std::unique_ptr<BatchReader>(std::move(reader));
  }

 private:
  void NoteBytes(const parquet::FileMetaData& metadata) {
    ColumnSet all;
    for (const auto& column : SpecOf(kind_).text) all.Add(column.field);
    for (const auto& column : SpecOf(kind_).measures) all.Add(column.measure);
    for (const std::string& name : ArrowDecoder::NeededColumns(kind_, all)) {
      if (metadata.schema()->ColumnIndex(name) >= 0) report_columns_.push_back(name);
    }
    for (const RowGroupInfo& info : row_groups_) {
      const auto group = metadata.RowGroup(info.index);
      std::vector<int64_t>& bytes = column_bytes_.emplace_back();
      for (const std::string& name : report_columns_) {
        bytes.push_back(group->ColumnChunk(metadata.schema()->ColumnIndex(name))->total_compressed_size());
      }
    }
  }

  // Of the columns to read, as the file counts them.
  std::vector<int> NumbersOf(const ColumnSet& columns, const parquet::FileMetaData& metadata) const {
    std::vector<int> numbers;
    for (const std::string& name : ArrowDecoder::NeededColumns(kind_, columns)) {
      const int number = metadata.schema()->ColumnIndex(name);
      if (number >= 0) numbers.push_back(number);
    }
    return numbers;
  }

  arrow::Result<std::shared_ptr<parquet::FileMetaData>> ReadMetadata() const {
    ARROW_ASSIGN_OR_RAISE(const auto file, file_->Open());
    return parquet::ParquetFileReader::Open(file)->metadata();
  }

  // The footer, read again unless a reader of the file has it.
  arrow::Result<std::shared_ptr<parquet::FileMetaData>> Metadata() {
    const std::lock_guard lock(mutex_);
    auto metadata = metadata_.lock();
    if (metadata) return metadata;
    ARROW_ASSIGN_OR_RAISE(metadata, ReadMetadata());
    bool same = metadata->num_row_groups() == static_cast<int>(row_groups_.size());
    for (const RowGroupInfo& info : row_groups_) {
      same = same && metadata->RowGroup(info.index)->num_rows() == info.rows;
    }
    if (!same) return InputErrorAt(file_->name(), "the file has changed while it was read; run again");
    metadata_ = metadata;
    return metadata;
  }

  const InputFilePtr file_;
  const ReportKind kind_;
  const Granularity granularity_;
  std::mutex mutex_;
  std::weak_ptr<parquet::FileMetaData> metadata_;  // a month of footers takes up tens of MiB
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<RowGroupInfo> row_groups_;
  std::vector<std::string> report_columns_;         // those of the report that the file has
  std::vector<std::vector<int64_t>> column_bytes_;  // stored ones, by row group and report column
  std::optional<DeliveryFacts> delivery_;
};

}  // namespace

arrow::Result<std::vector<std::string>> ReadParquetColumns(const InputFile& file) {
  std::vector<std::string> names;
  ARROW_RETURN_NOT_OK(Guard(file.name(), [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto bytes, file.Open());
    const auto metadata = parquet::ParquetFileReader::Open(bytes)->metadata();
    for (int i = 0; i < metadata->schema()->group_node()->field_count(); ++i) {
      names.push_back(metadata->schema()->group_node()->field(i)->name());
    }
    return arrow::Status::OK();
  }));
  return names;
}

arrow::Result<std::shared_ptr<ParquetFile>> ParquetFile::Open(const InputFilePtr& file, ReportKind kind,
                                                              Granularity granularity) {
  auto opened = std::make_shared<ParquetFileImpl>(file, kind, granularity);
  ARROW_RETURN_NOT_OK(Guard(file->name(), [&] { return opened->Init(); }));
  return std::shared_ptr<ParquetFile>(std::move(opened));
}

}  // namespace costream
