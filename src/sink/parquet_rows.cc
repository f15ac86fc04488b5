#include "sink/parquet_rows.h"

#include <arrow/array.h>
#include <arrow/extension/uuid.h>
#include <parquet/arrow/schema.h>
#include <parquet/column_page.h>
#include <parquet/column_writer.h>
#include <parquet/exception.h>
#include <parquet/file_writer.h>
#include <parquet/statistics.h>

#include <algorithm>

#include "base/arrow_pool.h"
#include "base/string_pool.h"
#include "model/summary.h"
#include "sink/columns.h"

namespace costream {
namespace {

// Of a row group. Every column chunk takes some 2 KiB of the footer, which is in memory until the file is
// complete; the pages of a row group are until it is.
constexpr int64_t kGroupRows = int64_t{64} << 10;
constexpr int64_t kGroupBytes = int64_t{8} << 20;
constexpr auto kCompression = parquet::Compression::SNAPPY;
constexpr std::string_view kMagic = "PAR1";

// Statistics where a reader can skip row groups by them.
std::shared_ptr<parquet::WriterProperties> Properties() {
  parquet::WriterProperties::Builder properties;
  properties.compression(kCompression)->disable_statistics();
  for (const int column : {int{kUsageStart}, int{kDataSource}, int{kNamespaceColumn}}) {
    properties.enable_statistics(SummarySchema()->field(column)->name());
  }
  return properties.build();
}

// Runs what may throw a Parquet exception; none leaves this file.
template <typename Function>
arrow::Status Guard(Function function) {
  try {
    function();
    return arrow::Status::OK();
  } catch (const parquet::ParquetStatusException& error) {
    return error.status();
  } catch (const parquet::ParquetException& error) {
    return arrow::Status::IOError(error.what());
  }
}

}  // namespace

// A column of the row group at hand.
class ParquetRows::Chunk {
 public:
  Chunk(const parquet::ColumnDescriptor* column, bool has_statistics)
      : column_(*column),
        statistics_(has_statistics ? parquet::Statistics::Make(column, ArrowPool()) : nullptr) {}

  // Adds a page of the next rows. Codes of a batch become those of the chunk.
  arrow::Status Append(const arrow::Array& values, PageEncoder* encoder) {
    const bool nullable = column_.max_definition_level() > 0;
    const bool has_codes = values.type_id() == arrow::Type::DICTIONARY;
    if (has_codes) Map(static_cast<const arrow::DictionaryArray&>(values));
    ARROW_ASSIGN_OR_RAISE(auto page, has_codes ? encoder->Codes(codes_, texts_.size() - 1, nullable)
                                               : encoder->Plain(values, nullable));
    if (statistics_) Note(values);
    Take(std::move(page));
    return arrow::Status::OK();
  }

  // Whether a page of these values, made for the other column, is one of this column, too.
  bool CanShare(const Chunk& other, const arrow::Array& values) const {
    return values.type_id() != arrow::Type::DICTIONARY && !statistics_ &&
           column_.max_definition_level() == other.column_.max_definition_level();
  }
  // Adds the last page of the other column.
  void Share(const Chunk& other) { Take(other.pages_.back()); }

  int64_t bytes() const { return page_bytes_ + texts_.bytes(); }

  // Writes the pages and begins anew. Returns their size before compression.
  int64_t Write(const std::shared_ptr<arrow::io::OutputStream>& file, int16_t group, int16_t column,
                parquet::ColumnChunkMetaDataBuilder* metadata) {
    const auto writer = parquet::PageWriter::Open(file, kCompression, metadata, group, column, ArrowPool());
    if (statistics_) {
      metadata->SetStatistics(statistics_->Encode());
      statistics_->Reset();
    }
    const bool has_texts = pages_[0].encoding == parquet::Encoding::RLE_DICTIONARY;
    int64_t plain_bytes = 0;
    if (has_texts) {
      std::string texts;
      for (StringPool::Id id = 1; id < texts_.size(); ++id) AppendPlainText(texts_.View(id), &texts);
      const auto buffer = arrow::Buffer::FromString(std::move(texts));
      plain_bytes += writer->WriteDictionaryPage(
          parquet::DictionaryPage(buffer, static_cast<int32_t>(texts_.size() - 1), parquet::Encoding::PLAIN));
    }
    for (ParquetPage& page : pages_) {
      plain_bytes += writer->WriteDataPage(parquet::DataPageV1(page.bytes, page.rows, page.encoding,
                                                               parquet::Encoding::RLE, parquet::Encoding::RLE,
                                                               page.plain_bytes));
      page.bytes.reset();
    }
    writer->Close(has_texts, /*fallback=*/false);
    pages_.clear();
    texts_.Clear();
    page_bytes_ = 0;
    noted_ = 1;
    return plain_bytes;
  }

 private:
  void Take(ParquetPage page) {
    page_bytes_ += page.bytes->size();
    pages_.push_back(std::move(page));
  }

  // Of dates, or of codes that have been mapped.
  void Note(const arrow::Array& values) {
    if (values.type_id() == arrow::Type::DATE32) {
      const auto& days = static_cast<const arrow::Date32Array&>(values);
      static_cast<parquet::Int32Statistics&>(*statistics_).Update(days.raw_values(), days.length(), 0);
      return;
    }
    auto& statistics = static_cast<parquet::ByteArrayStatistics&>(*statistics_);
    statistics.IncrementNullCount(values.null_count());
    for (; noted_ < texts_.size(); ++noted_) {
      const parquet::ByteArray text(texts_.View(noted_));
      statistics.Update(&text, 1, 0);
    }
  }

  void Map(const arrow::DictionaryArray& batch) {
    const auto& dictionary = static_cast<const arrow::StringArray&>(*batch.dictionary());
    const auto& indices = static_cast<const arrow::Int32Array&>(*batch.indices());
    constexpr int32_t kUnknown = -2;
    code_of_.assign(dictionary.length(), kUnknown);
    codes_.resize(indices.length());
    for (int64_t row = 0; row < indices.length(); ++row) {
      if (indices.IsNull(row)) {
        codes_[row] = PageEncoder::kNullCode;
        continue;
      }
      const int32_t index = indices.Value(row);
      if (code_of_[index] == kUnknown) {
        code_of_[index] = static_cast<int32_t>(texts_.Intern(dictionary.GetView(index))) - 1;
      }
      codes_[row] = code_of_[index];
    }
  }

  const parquet::ColumnDescriptor& column_;
  const std::shared_ptr<parquet::Statistics> statistics_;  // null where the column has none
  StringPool::Id noted_ = 1;                               // the texts below are in it
  std::vector<ParquetPage> pages_;
  int64_t page_bytes_ = 0;
  StringPool texts_;              // of a column of codes: code + 1 is the id
  std::vector<int32_t> codes_;    // of the batch at hand, by row
  std::vector<int32_t> code_of_;  // by code of the batch
};

ParquetRows::ParquetRows(std::shared_ptr<arrow::io::OutputStream> stream, MeasureType measures)
    : stream_(std::move(stream)), measures_(measures) {}

ParquetRows::~ParquetRows() = default;

arrow::Result<std::unique_ptr<ParquetRows>> ParquetRows::Open(std::shared_ptr<arrow::io::OutputStream> stream,
                                                              MeasureType measures) {
  std::unique_ptr<ParquetRows> rows(new ParquetRows(std::move(stream), measures));
  arrow::FieldVector fields = SummarySchema()->fields();
  fields[kUuid] = arrow::field("uuid", arrow::extension::uuid(), false);
  fields[kAllLabelsColumn] = fields[kAllLabelsColumn]->WithNullable(true);  // as those of pods: pages of both
  for (int i = 0; i < kSummaryMeasures && measures == MeasureType::kDecimal; ++i) {
    fields[kFirstMeasure + i] = fields[kFirstMeasure + i]->WithType(DecimalMeasureType());
  }
  const auto schema = arrow::schema(std::move(fields));
  const auto properties = Properties();
  ARROW_RETURN_NOT_OK(parquet::arrow::ToParquetSchema(schema.get(), *properties, &rows->schema_));
  for (int i = 0; i < rows->schema_->num_columns(); ++i) {
    const parquet::ColumnDescriptor* column = rows->schema_->Column(i);
    rows->chunks_.emplace_back(column, properties->statistics_enabled(column->path()));
  }
  rows->metadata_ = parquet::FileMetaDataBuilder::Make(rows->schema_.get(), properties);
  ARROW_ASSIGN_OR_RAISE(auto codec, arrow::util::Codec::Create(kCompression));
  rows->encoder_ = std::make_unique<PageEncoder>(std::move(codec));
  ARROW_RETURN_NOT_OK(rows->stream_->Write(kMagic));
  return rows;
}

arrow::Status ParquetRows::Write(const arrow::RecordBatch& batch) {
  if (batch.num_rows() == 0) return arrow::Status::OK();
  auto columns = batch.columns();
  if (measures_ == MeasureType::kDecimal) {
    ARROW_ASSIGN_OR_RAISE(const auto decimals, WithDecimalMeasures(batch));
    columns = decimals->columns();
  }
  int64_t bytes = 0;
  for (size_t i = 0; i < chunks_.size(); ++i) {
    // Labels of pods are those of all kinds, a day ends when it begins: such a page is made once.
    const size_t same = std::ranges::find(columns, columns[i]) - columns.begin();
    if (same < i && chunks_[i].CanShare(chunks_[same], *columns[i])) {
      chunks_[i].Share(chunks_[same]);
    } else {
      ARROW_RETURN_NOT_OK(chunks_[i].Append(*columns[i], encoder_.get()));
    }
    bytes += chunks_[i].bytes();
  }
  rows_ += batch.num_rows();
  return rows_ >= kGroupRows || bytes >= kGroupBytes ? EndGroup() : arrow::Status::OK();
}

arrow::Status ParquetRows::Close() {
  if (rows_ > 0) ARROW_RETURN_NOT_OK(EndGroup());
  return Guard([&] {
    parquet::WriteFileMetaData(*metadata_->Finish(), stream_.get());
    metadata_.reset();
  });
}

arrow::Status ParquetRows::EndGroup() {
  return Guard([&] {
    parquet::RowGroupMetaDataBuilder& group = *metadata_->AppendRowGroup();
    int64_t plain_bytes = 0;
    for (size_t i = 0; i < chunks_.size(); ++i) {
      plain_bytes += chunks_[i].Write(stream_, groups_, static_cast<int16_t>(i), group.NextColumnChunk());
    }
    group.set_num_rows(rows_);
    group.Finish(plain_bytes, groups_);
    ++groups_;
    rows_ = 0;
  });
}

}  // namespace costream
