#include "decode/dictionary_chunk.h"

#include <arrow/util/endian.h>
#include <parquet/exception.h>

#include <algorithm>
#include <cstring>

#include "base/arrow_pool.h"

namespace costream {
namespace {

[[noreturn]] void Damaged(const parquet::ColumnDescriptor& column, const char* what) {
  throw parquet::ParquetException("column '" + column.name() + "': " + what);
}

}  // namespace

int64_t BeginOf(const parquet::ColumnChunkMetaData& chunk) {
  const int64_t data = chunk.data_page_offset();
  const bool has_offset = chunk.has_dictionary_page() && chunk.dictionary_page_offset() > 0;
  return has_offset ? std::min(data, chunk.dictionary_page_offset()) : data;
}

DictionaryChunk::DictionaryChunk(const std::shared_ptr<arrow::io::RandomAccessFile>& file,
                                 parquet::ReaderProperties properties,
                                 const parquet::ColumnChunkMetaData& chunk,
                                 const parquet::ColumnDescriptor* column)
    : column_(*column), codes_(parquet::MakeDictDecoder<parquet::ByteArrayType>(column, ArrowPool())) {
  const int64_t begin = BeginOf(chunk), bytes = chunk.total_compressed_size();
  PARQUET_ASSIGN_OR_THROW(const int64_t size, file->GetSize());
  if (begin < 0 || bytes < 0 || begin > size || bytes > size - begin) {
    Damaged(column_, "lies outside the file");
  }
  const auto open = [&](const std::shared_ptr<parquet::ArrowInputStream>& stream) {
    return parquet::PageReader::Open(stream, chunk.num_values(), chunk.compression(), properties, column_);
  };
  const auto stream = properties.GetStream(file, begin, bytes);
  {
    const auto pages = open(stream);
    const auto page = pages->NextPage();
    if (!page || page->type() != parquet::PageType::DICTIONARY_PAGE) Damaged(column_, "lacks its dictionary");
    TakeDictionary(static_cast<const parquet::DictionaryPage&>(*page));
  }
  // A page reader decompresses all its pages into one buffer, which is the dictionary's now.
  PARQUET_ASSIGN_OR_THROW(const int64_t taken, stream->Tell());
  pages_ = open(properties.GetStream(file, begin + taken, bytes - taken));
}

// The texts in PLAIN encoding: four bytes of length before each.
void DictionaryChunk::TakeDictionary(const parquet::DictionaryPage& page) {
  if (page.encoding() != parquet::Encoding::PLAIN && page.encoding() != parquet::Encoding::PLAIN_DICTIONARY) {
    Damaged(column_, "its dictionary has an unknown encoding");
  }
  bytes_ = page.buffer();
  const auto* at = reinterpret_cast<const char*>(bytes_->data());
  const char* const end = at + bytes_->size();
  uint32_t length = 0;
  if (page.num_values() < 0 || page.num_values() > bytes_->size() / int64_t{sizeof length}) {
    Damaged(column_, "its dictionary is cut off");
  }
  texts_.resize(page.num_values());
  for (std::string_view& text : texts_) {
    if (end - at < int64_t{sizeof length}) Damaged(column_, "its dictionary is cut off");
    std::memcpy(&length, at, sizeof length);
    length = arrow::bit_util::FromLittleEndian(length);
    at += sizeof length;
    if (end - at < int64_t{length}) Damaged(column_, "its dictionary is cut off");
    text = {at, length};
    at += length;
  }
}

void DictionaryChunk::BeginPage(const parquet::DataPage& page, int64_t levels_bytes) {
  if (page.encoding() != parquet::Encoding::RLE_DICTIONARY &&
      page.encoding() != parquet::Encoding::PLAIN_DICTIONARY) {
    Damaged(column_, "a page is not dictionary-encoded");
  }
  codes_->SetData(page.num_values(), page.data() + levels_bytes,
                  static_cast<int>(page.size() - levels_bytes));
  rows_left_ = page.num_values();
}

bool DictionaryChunk::NextPage() {
  page_ = pages_->NextPage();
  if (!page_) return false;
  const int16_t deepest = column_.max_definition_level();
  if (page_->type() == parquet::PageType::DATA_PAGE) {
    const auto& page = static_cast<const parquet::DataPageV1&>(*page_);
    BeginPage(page, deepest == 0 ? 0
                                 : levels_.SetData(page.definition_level_encoding(), deepest,
                                                   page.num_values(), page.data(), page.size()));
  } else if (page_->type() == parquet::PageType::DATA_PAGE_V2) {
    const auto& page = static_cast<const parquet::DataPageV2&>(*page_);
    const int64_t before = page.repetition_levels_byte_length(),
                  levels = page.definition_levels_byte_length();
    if (before < 0 || levels < 0 || before + levels > page.size()) Damaged(column_, "a page is cut off");
    if (deepest > 0) {
      levels_.SetDataV2(page.definition_levels_byte_length(), deepest, page.num_values(),
                        page.data() + before);
    }
    BeginPage(page, before + levels);
  }
  return true;
}

int64_t DictionaryChunk::Read(int64_t rows, int16_t* levels, int32_t* codes, int64_t* count) {
  while (rows_left_ <= 0) {
    if (!NextPage()) return 0;
  }
  const auto wanted = static_cast<int>(std::min(rows, rows_left_));
  int values = wanted;
  if (levels != nullptr) {
    if (levels_.Decode(wanted, levels) != wanted) Damaged(column_, "a page lacks levels");
    values =
        static_cast<int>(std::count_if(levels, levels + wanted, [](int16_t level) { return level > 0; }));
  }
  *count = codes_->DecodeIndices(values, codes);
  rows_left_ -= wanted;
  return wanted;
}

}  // namespace costream
