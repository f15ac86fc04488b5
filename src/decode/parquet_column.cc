#include "decode/parquet_column.h"

#include <parquet/column_reader.h>
#include <parquet/exception.h>

#include <algorithm>
#include <limits>
#include <type_traits>

#include "decode/dictionary_chunk.h"
#include "decode/numbers.h"

namespace costream {
namespace {

// The rows of a flat column, page by page. Values come without gaps; nulls show in the definition levels.
class FlatRows {
 public:
  explicit FlatRows(const parquet::ColumnDescriptor* column)
      : column_(*column), nullable_(column->max_definition_level() > 0) {}

  // Calls read_page(wanted, levels, &count), which reads rows of one page, until all rows are read.
  template <typename ReadPage>
  arrow::Status Read(int64_t rows, ReadPage read_page) {
    if (nullable_) levels_.resize(rows);
    for (int64_t done = 0; done < rows;) {
      int64_t count = 0;
      const int64_t read = read_page(rows - done, nullable_ ? levels_.data() + done : nullptr, &count);
      if (read <= 0) {
        return arrow::Status::Invalid("column '", column_.name(), "' ends before the row group");
      }
      if (count < read && count != CountValues(done, read)) {
        return arrow::Status::Invalid("column '", column_.name(), "': a page lacks values");
      }
      done += read;
    }
    return arrow::Status::OK();
  }

  // The column has nulls among the rows read last: values[i] of row i, from `count` values without gaps.
  template <typename Value>
  void Spread(int64_t rows, int64_t count, Value null, Value* values) const {
    for (int64_t row = rows - 1; count <= row; --row) values[row] = levels_[row] > 0 ? values[--count] : null;
  }

 private:
  // By the levels of the rows [begin, begin + rows). Some encodings give fewer where a page is damaged.
  int64_t CountValues(int64_t begin, int64_t rows) const {
    if (!nullable_) return rows;
    return std::count_if(levels_.begin() + begin, levels_.begin() + begin + rows,
                         [](int16_t level) { return level > 0; });
  }

  const parquet::ColumnDescriptor& column_;
  const bool nullable_;
  std::vector<int16_t> levels_;
};

// The values of a flat column.
template <typename DType>
class FlatReader {
 public:
  using T = typename DType::c_type;

  explicit FlatReader(std::shared_ptr<parquet::ColumnReader> reader)
      : reader_(std::static_pointer_cast<parquet::TypedColumnReader<DType>>(std::move(reader))),
        rows_(reader_->descr()) {}

  // Calls take(values, count) for the values of the next rows, page by page.
  template <typename Take>
  arrow::Status Read(int64_t rows, std::vector<T>* values, Take take) {
    return rows_.Read(rows, [&](int64_t wanted, int16_t* levels, int64_t* count) {
      if (values->size() < static_cast<size_t>(wanted)) values->resize(wanted);
      const int64_t read = reader_->ReadBatch(wanted, levels, nullptr, values->data(), count);
      if (read > 0) take(values->data(), *count);
      return read;
    });
  }

  // The same, into `values`, which has room for all rows; sets how many there are.
  arrow::Status ReadInto(int64_t rows, T* values, int64_t* done) {
    return rows_.Read(rows, [&](int64_t wanted, int16_t* levels, int64_t* count) {
      const int64_t read = reader_->ReadBatch(wanted, levels, nullptr, values + *done, count);
      *done += *count;
      return read;
    });
  }

  template <typename Value>
  void Spread(int64_t rows, int64_t count, Value null, Value* values) const {
    rows_.Spread(rows, count, null, values);
  }

 private:
  const std::shared_ptr<parquet::TypedColumnReader<DType>> reader_;
  FlatRows rows_;
};

template <typename DType>
class MeasureColumn : public ParquetColumn {
 public:
  MeasureColumn(std::shared_ptr<parquet::ColumnReader> reader, Measure measure, ArrowDecoder* decoder)
      : reader_(std::move(reader)), measure_(measure), decoder_(*decoder) {}

  arrow::Status Read(int64_t rows, UsageBatch* batch) override {
    decoder_.Fills(measure_);
    std::vector<double>& out = batch->measures[static_cast<size_t>(measure_)];
    out.resize(rows);
    int64_t done = 0;
    if constexpr (std::is_same_v<typename DType::c_type, double>) {
      ARROW_RETURN_NOT_OK(reader_.ReadInto(rows, out.data(), &done));
    } else {
      ARROW_RETURN_NOT_OK(reader_.Read(rows, &values_, [&](const auto* values, int64_t count) {
        for (int64_t i = 0; i < count; ++i) out[done + i] = static_cast<double>(values[i]);
        done += count;
      }));
    }
    ReplaceNaN({out.data(), static_cast<size_t>(done)});
    reader_.Spread(rows, done, std::numeric_limits<double>::quiet_NaN(), out.data());
    return arrow::Status::OK();
  }

 private:
  FlatReader<DType> reader_;
  const Measure measure_;
  ArrowDecoder& decoder_;
  std::vector<typename DType::c_type> values_;
};

class TimeColumn : public ParquetColumn {
 public:
  TimeColumn(std::shared_ptr<parquet::ColumnReader> reader, arrow::TimeUnit::type unit,
             const ArrowDecoder* decoder)
      : reader_(std::move(reader)), unit_(unit), decoder_(decoder) {}

  arrow::Status Read(int64_t rows, UsageBatch* batch) override {
    batch->time_micros.resize(rows);
    int64_t done = 0;
    std::optional<int64_t> bad;  // among the values without gaps
    ARROW_RETURN_NOT_OK(reader_.Read(rows, &values_, [&](const int64_t* values, int64_t count) {
      for (int64_t i = 0; i < count; ++i) {
        if (values[i] != last_ || !last_micros_) {
          last_ = values[i];
          last_micros_ = ToMicros(last_, unit_);
          if (!last_micros_ && !bad) bad = done + i;
        }
        batch->time_micros[done + i] = last_micros_.value_or(0);
      }
      done += count;
    }));
    if (done < rows) return decoder_->RowError(FirstNull(batch, rows, done), kIntervalStart, "is null");
    if (bad) {
      return decoder_->RowError(batch->first_source_row + *bad, kIntervalStart,
                                "is outside the years 1 to 9999");
    }
    return arrow::Status::OK();
  }

 private:
  int64_t FirstNull(UsageBatch* batch, int64_t rows, int64_t done) const {
    constexpr int64_t kNull = std::numeric_limits<int64_t>::min();
    reader_.Spread(rows, done, kNull, batch->time_micros.data());
    int64_t row = 0;
    while (batch->time_micros[row] != kNull) ++row;
    return batch->first_source_row + row;
  }

  FlatReader<parquet::Int64Type> reader_;
  const arrow::TimeUnit::type unit_;
  const ArrowDecoder* const decoder_;
  std::vector<int64_t> values_;
  int64_t last_ = 0;  // hourly rows repeat their timestamp
  std::optional<int64_t> last_micros_;
};

// Texts of any encoding, interned.
class PlainTextColumn : public ParquetColumn {
 public:
  PlainTextColumn(std::shared_ptr<parquet::ColumnReader> reader, TextField field, ArrowDecoder* decoder)
      : reader_(std::move(reader)), field_(field), decoder_(*decoder), texts_(decoder->TextOf(field)) {}

  arrow::Status Read(int64_t rows, UsageBatch* batch) override {
    decoder_.Fills(field_);
    std::vector<uint32_t>& codes = batch->codes[static_cast<size_t>(field_)];
    codes.resize(rows);
    int64_t done = 0;
    texts_.Renew();
    ARROW_RETURN_NOT_OK(reader_.Read(rows, &values_, [&](const parquet::ByteArray* values, int64_t count) {
      views_.resize(count);
      for (int64_t i = 0; i < count; ++i) views_[i] = std::string_view(values[i]);
      texts_.InternAll(views_, codes.data() + done);
      done += count;
    }));
    reader_.Spread(rows, done, StringPool::kNull, codes.data());
    batch->dictionaries[static_cast<size_t>(field_)] = texts_.dictionary();
    return arrow::Status::OK();
  }

 private:
  FlatReader<parquet::ByteArrayType> reader_;
  const TextField field_;
  ArrowDecoder& decoder_;
  TextColumn& texts_;
  std::vector<parquet::ByteArray> values_;
  std::vector<std::string_view> views_;
};

// Texts that keep the codes of their dictionary page.
class DictionaryTextColumn : public ParquetColumn {
 public:
  DictionaryTextColumn(std::unique_ptr<DictionaryChunk> chunk, TextField field, ArrowDecoder* decoder)
      : chunk_(std::move(chunk)),
        rows_(chunk_->descr()),
        field_(field),
        decoder_(*decoder),
        texts_(decoder->TextOf(field)) {
    texts_.Adopt(chunk_->TakeTexts(), chunk_->bytes());
  }

  arrow::Status Read(int64_t rows, UsageBatch* batch) override {
    decoder_.Fills(field_);
    std::vector<uint32_t>& codes = batch->codes[static_cast<size_t>(field_)];
    codes.resize(rows);
    indices_.resize(rows);
    int64_t done = 0;
    uint32_t greatest = 0;
    ARROW_RETURN_NOT_OK(rows_.Read(rows, [&](int64_t wanted, int16_t* levels, int64_t* count) {
      const int64_t read = chunk_->Read(wanted, levels, indices_.data(), count);
      for (int64_t i = 0; i < *count; ++i) {
        const auto index = static_cast<uint32_t>(indices_[i]);
        greatest = std::max(greatest, index);
        codes[done + i] = index + 1;
      }
      done += *count;
      return read;
    }));
    if (done > 0 && size_t{greatest} + 1 >= texts_.dictionary()->texts.size()) {
      return arrow::Status::Invalid("column '", chunk_->descr()->name(), "': a code outside the dictionary");
    }
    rows_.Spread(rows, done, StringPool::kNull, codes.data());
    batch->dictionaries[static_cast<size_t>(field_)] = texts_.dictionary();
    return arrow::Status::OK();
  }

 private:
  const std::unique_ptr<DictionaryChunk> chunk_;
  FlatRows rows_;
  const TextField field_;
  ArrowDecoder& decoder_;
  TextColumn& texts_;
  std::vector<int32_t> indices_;
};

std::unique_ptr<ParquetColumn> OpenMeasure(parquet::RowGroupReader* group, int column, Measure measure,
                                           arrow::Type::type type, ArrowDecoder* decoder) {
  switch (type) {
    case arrow::Type::DOUBLE:
      return std::make_unique<MeasureColumn<parquet::DoubleType>>(group->Column(column), measure, decoder);
    case arrow::Type::FLOAT:
      return std::make_unique<MeasureColumn<parquet::FloatType>>(group->Column(column), measure, decoder);
    case arrow::Type::INT32:
      return std::make_unique<MeasureColumn<parquet::Int32Type>>(group->Column(column), measure, decoder);
    case arrow::Type::INT64:
      return std::make_unique<MeasureColumn<parquet::Int64Type>>(group->Column(column), measure, decoder);
    default:
      return nullptr;
  }
}

}  // namespace

std::unique_ptr<ParquetColumn> OpenParquetColumn(const RowGroupSource& from, int column, ReportKind kind,
                                                 const arrow::DataType& type, ArrowDecoder* decoder) {
  parquet::RowGroupReader* const group = from.group.get();
  const parquet::ColumnDescriptor& described = *group->metadata()->schema()->Column(column);
  if (described.max_repetition_level() > 0 || described.max_definition_level() > 1) return nullptr;
  const std::string& name = described.name();
  if (name == kIntervalStart) {
    if (type.id() != arrow::Type::TIMESTAMP || described.physical_type() != parquet::Type::INT64)
      return nullptr;
    const auto unit = static_cast<const arrow::TimestampType&>(type).unit();
    return std::make_unique<TimeColumn>(group->Column(column), unit, decoder);
  }
  for (const MeasureColumnSpec& spec : SpecOf(kind).measures) {
    if (name == spec.name) return OpenMeasure(group, column, spec.measure, type.id(), decoder);
  }
  for (const TextColumnSpec& spec : SpecOf(kind).text) {
    if (name != spec.name || described.physical_type() != parquet::Type::BYTE_ARRAY) continue;
    if (!decoder->options().keeps_dictionaries) {
      return std::make_unique<PlainTextColumn>(group->Column(column), spec.field, decoder);
    }
    if (!arrow::is_base_binary_like(type.id())) return nullptr;
    auto reader = group->ColumnWithExposeEncoding(column, parquet::ExposedEncoding::DICTIONARY);
    if (reader->GetExposedEncoding() != parquet::ExposedEncoding::DICTIONARY) {
      return std::make_unique<PlainTextColumn>(std::move(reader), spec.field, decoder);
    }
    const auto chunk = group->metadata()->ColumnChunk(column);
    return std::make_unique<DictionaryTextColumn>(
        std::make_unique<DictionaryChunk>(from.file, from.properties, *chunk, &described), spec.field,
        decoder);
  }
  return nullptr;
}

}  // namespace costream
