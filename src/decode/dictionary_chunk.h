// The texts and codes of a column chunk that is dictionary-encoded throughout.
//
// The dictionary page is decompressed once and its bytes serve as they are: a dictionary of labels can be
// tens of MiB, of which Arrow's column reader keeps copies. Not thread-safe. Throws Parquet's exceptions.
#pragma once

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <parquet/column_page.h>
#include <parquet/column_reader.h>
#include <parquet/encoding.h>
#include <parquet/metadata.h>

#include <memory>
#include <string_view>
#include <vector>

namespace costream {

// The first byte of the chunk in its file; it goes on for total_compressed_size().
int64_t BeginOf(const parquet::ColumnChunkMetaData& chunk);

class DictionaryChunk {
 public:
  // `column` outlives this. REQUIRES: a flat column of byte arrays.
  DictionaryChunk(const std::shared_ptr<arrow::io::RandomAccessFile>& file,
                  parquet::ReaderProperties properties, const parquet::ColumnChunkMetaData& chunk,
                  const parquet::ColumnDescriptor* column);

  const parquet::ColumnDescriptor* descr() const { return &column_; }
  // By code; in bytes(). Only once.
  std::vector<std::string_view> TakeTexts() { return std::move(texts_); }
  const std::shared_ptr<arrow::Buffer>& bytes() const { return bytes_; }

  // Reads at most `rows` rows of the page at hand: their levels, where the column is nullable, and the codes
  // of those that are not null. Returns how many rows, 0 at the end. A code may lie outside the dictionary.
  int64_t Read(int64_t rows, int16_t* levels, int32_t* codes, int64_t* count);

 private:
  void TakeDictionary(const parquet::DictionaryPage& page);
  bool NextPage();
  void BeginPage(const parquet::DataPage& page, int64_t levels_bytes);

  const parquet::ColumnDescriptor& column_;
  std::shared_ptr<arrow::Buffer> bytes_;
  std::vector<std::string_view> texts_;
  std::unique_ptr<parquet::PageReader> pages_;  // after the dictionary
  std::shared_ptr<parquet::Page> page_;
  int64_t rows_left_ = 0;  // of it
  parquet::LevelDecoder levels_;
  std::unique_ptr<parquet::DictDecoder<parquet::ByteArrayType>> codes_;
};

}  // namespace costream
