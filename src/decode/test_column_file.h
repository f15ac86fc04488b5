// A Parquet file of one column in many small pages, read column by column. For the tests of ParquetColumn.
#pragma once

#include <arrow/builder.h>
#include <arrow/io/file.h>
#include <arrow/table.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/test_folder.h"
#include "decode/parquet_column.h"
#include "decode/test_batch.h"

namespace costream {
using parquet::Encoding;

inline constexpr const char* kMeasureName = "persistentvolumeclaim_usage_byte_seconds";
inline constexpr int64_t kRows = 500;

// How a column chunk is laid out. Pages have 16 values.
struct Layout {
  std::string name;
  std::optional<Encoding::type> encoding;       // else dictionary pages
  int64_t dictionary_bytes = int64_t{1} << 20;  // past them the pages are plain
  parquet::ParquetDataPageVersion version = parquet::ParquetDataPageVersion::V1;
};

// Which rows are null.
inline const std::vector<std::pair<std::string, std::function<bool(int64_t)>>> kNulls = {
    {"none", [](int64_t) { return false; }},
    {"some", [](int64_t row) { return row % 3 == 0; }},
    {"long runs", [](int64_t row) { return row / 40 % 2 == 0; }},
    {"all but the last", [](int64_t row) { return row < kRows - 1; }},
    {"all", [](int64_t) { return true; }}};

// A file of one column, read through ParquetColumn.
class ColumnFileTest : public FolderTest {
 protected:
  template <typename Builder, typename Value>
  static std::shared_ptr<arrow::Array> Build(Builder builder,
                                             const std::vector<std::optional<Value>>& values) {
    for (const auto& value : values)
      EXPECT_TRUE((value ? builder.Append(*value) : builder.AppendNull()).ok());
    return builder.Finish().ValueOrDie();
  }

  void Save(const std::string& name, const std::shared_ptr<arrow::Array>& values, const Layout& layout,
            bool nullable = true) {
    type_ = values->type();
    parquet::WriterProperties::Builder properties;
    properties.write_batch_size(16)->data_pagesize(1)->data_page_version(layout.version);
    properties.dictionary_pagesize_limit(layout.dictionary_bytes);
    if (layout.encoding) properties.disable_dictionary()->encoding(*layout.encoding);
    const auto table =
        arrow::Table::Make(arrow::schema({arrow::field(name, values->type(), nullable)}), {values});
    const auto file = arrow::io::FileOutputStream::Open(Path("x.parquet")).ValueOrDie();
    EXPECT_TRUE(
        parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file, kRows, properties.build())
            .ok());
    EXPECT_TRUE(file->Close().ok());
  }

  // Opens the column; null where it needs Arrow.
  ParquetColumn* Open(DecodeOptions options) {
    const std::shared_ptr<arrow::io::RandomAccessFile> file =
        arrow::io::ReadableFile::Open(Path("x.parquet")).ValueOrDie();
    file_ = parquet::ParquetFileReader::Open(file);
    group_ = file_->RowGroup(0);
    decoder_ =
        std::make_unique<ArrowDecoder>(ReportKind::kStorage, Granularity::kHourly, options, "x.parquet",
                                       [](int64_t row) { return fmt::format("row {}", row); });
    column_ = OpenParquetColumn({file, parquet::default_reader_properties(), group_}, 0, ReportKind::kStorage,
                                *type_, decoder_.get());
    return column_.get();
  }

  // All rows in batches of that many; `take(batch)` for each.
  template <typename Take>
  arrow::Status ReadAllRows(int64_t batch_rows, DecodeOptions options, Take take) {
    ParquetColumn* column = Open(options);
    if (!column) return arrow::Status::NotImplemented("needs Arrow");
    for (int64_t row = 0; row < group_->metadata()->num_rows(); row += batch_rows) {
      const int64_t rows = std::min(batch_rows, group_->metadata()->num_rows() - row);
      decoder_->Begin(rows, row, &batch_);
      ARROW_RETURN_NOT_OK(column->Read(rows, &batch_));
      take(batch_);
    }
    return arrow::Status::OK();
  }

  // How many data pages there are of an encoding.
  int64_t Pages(Encoding::type encoding) {
    int64_t pages = 0;
    const auto metadata = parquet::ParquetFileReader::OpenFile(Path("x.parquet"))->metadata();
    const auto chunk = metadata->RowGroup(0)->ColumnChunk(0);
    for (const auto& stats : chunk->encoding_stats()) {
      const bool data = stats.page_type == parquet::PageType::DATA_PAGE ||
                        stats.page_type == parquet::PageType::DATA_PAGE_V2;
      if (data && stats.encoding == encoding) pages += stats.count;
    }
    return pages;
  }

  // Where the pages end and the rest of the file begins.
  int64_t EndOfPages() const {
    const auto metadata = parquet::ParquetFileReader::OpenFile(Path("x.parquet"))->metadata();
    return 4 + metadata->RowGroup(0)->total_compressed_size();
  }

  std::shared_ptr<arrow::DataType> type_;
  std::unique_ptr<parquet::ParquetFileReader> file_;
  std::shared_ptr<parquet::RowGroupReader> group_;
  std::unique_ptr<ArrowDecoder> decoder_;
  std::unique_ptr<ParquetColumn> column_;
  UsageBatch batch_;
};

}  // namespace costream
