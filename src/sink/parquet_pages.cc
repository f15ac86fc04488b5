#include "sink/parquet_pages.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/arrow_pool.h"

namespace costream {
namespace {

static_assert(std::endian::native == std::endian::little, "values are written as they lie in memory");

void AppendVarint(uint64_t value, std::string* out) {
  for (; value >= 0x80; value >>= 7) out->push_back(static_cast<char>(value | 0x80));
  out->push_back(static_cast<char>(value));
}

// Groups of eight values, bit-packed; the last is filled up with 0.
void AppendPacked(std::span<const uint32_t> values, int bits, std::string* out) {
  if (values.empty()) return;
  const size_t groups = (values.size() + 7) / 8;
  AppendVarint(groups << 1 | 1, out);
  const size_t end = out->size() + groups * bits;
  uint64_t pending = 0;
  int pending_bits = 0;
  for (const uint32_t value : values) {
    pending |= uint64_t{value} << pending_bits;
    for (pending_bits += bits; pending_bits >= 8; pending_bits -= 8, pending >>= 8) {
      out->push_back(static_cast<char>(pending));
    }
  }
  if (pending_bits > 0) out->push_back(static_cast<char>(pending));
  out->resize(end);
}

void AppendRun(uint32_t value, size_t count, int bits, std::string* out) {
  AppendVarint(count << 1, out);
  out->append(reinterpret_cast<const char*>(&value), (bits + 7) / 8);
}

void AppendTexts(const arrow::StringArray& values, std::string* out) {
  for (int64_t row = 0; row < values.length(); ++row) {
    if (values.IsValid(row)) AppendPlainText(values.GetView(row), out);
  }
}

// Big-endian, in the fewest bytes for the type's precision.
void AppendDecimals(const arrow::Decimal128Array& values, std::string* out) {
  const int32_t width =
      arrow::DecimalType::DecimalSize(static_cast<const arrow::DecimalType&>(*values.type()).precision());
  for (int64_t row = 0; row < values.length(); ++row) {
    if (values.IsNull(row)) continue;
    const uint8_t* bytes = values.GetValue(row);
    for (int32_t i = width; i-- > 0;) out->push_back(static_cast<char>(bytes[i]));
  }
}

void AppendFixedWidth(const arrow::Array& values, std::string* out) {
  const size_t width = static_cast<const arrow::FixedWidthType&>(*values.type()).bit_width() / 8;
  const char* at = reinterpret_cast<const char*>(values.data()->buffers[1]->data()) + values.offset() * width;
  if (values.null_count() == 0) {
    out->append(at, values.length() * width);
    return;
  }
  for (int64_t row = 0; row < values.length(); ++row, at += width) {
    if (values.IsValid(row)) out->append(at, width);
  }
}

}  // namespace

void AppendPlainText(std::string_view text, std::string* out) {
  const auto length = static_cast<uint32_t>(text.size());
  out->append(reinterpret_cast<const char*>(&length), sizeof length).append(text);
}

void AppendRuns(std::span<const uint32_t> values, int bits, std::string* out) {
  constexpr size_t kWorthARun = 8;
  size_t packed = 0;  // where the values not yet written begin
  for (size_t i = 0; i < values.size();) {
    size_t end = i + 1;
    while (end < values.size() && values[end] == values[i]) ++end;
    if (end - i >= kWorthARun) {
      AppendPacked(values.subspan(packed, i - packed), bits, out);
      AppendRun(values[i], end - i, bits, out);
      packed = i = end;
    } else {
      i = std::min(i + kWorthARun, values.size());  // a run begins where a packed group ends
    }
  }
  AppendPacked(values.subspan(packed), bits, out);
}

void PageEncoder::AppendLevels(int64_t rows) {
  const size_t begin = page_.size();
  page_.append(sizeof(uint32_t), '\0');
  if (levels_.empty()) {
    AppendRun(1, rows, 1, &page_);
  } else {
    AppendRuns(levels_, 1, &page_);
  }
  const auto bytes = static_cast<uint32_t>(page_.size() - begin - sizeof(uint32_t));
  std::memcpy(page_.data() + begin, &bytes, sizeof bytes);
}

arrow::Result<ParquetPage> PageEncoder::Plain(const arrow::Array& values, bool nullable) {
  page_.clear();
  levels_.clear();
  if (values.null_count() > 0) {
    levels_.resize(values.length());
    for (int64_t row = 0; row < values.length(); ++row) levels_[row] = values.IsValid(row);
  }
  if (nullable) AppendLevels(values.length());
  if (values.null_count() == values.length()) return Finish(values.length(), parquet::Encoding::PLAIN);
  switch (values.type_id()) {
    case arrow::Type::STRING:
      AppendTexts(static_cast<const arrow::StringArray&>(values), &page_);
      break;
    case arrow::Type::DECIMAL128:
      AppendDecimals(static_cast<const arrow::Decimal128Array&>(values), &page_);
      break;
    default:
      AppendFixedWidth(values, &page_);
  }
  return Finish(values.length(), parquet::Encoding::PLAIN);
}

arrow::Result<ParquetPage> PageEncoder::Codes(std::span<const int32_t> codes, int64_t dictionary_size,
                                              bool nullable) {
  page_.clear();
  levels_.clear();
  indices_.clear();
  for (const int32_t code : codes) {
    if (code != kNullCode) indices_.push_back(static_cast<uint32_t>(code));
  }
  if (indices_.size() < codes.size()) {
    for (const int32_t code : codes) levels_.push_back(code != kNullCode);
  }
  if (nullable) AppendLevels(static_cast<int64_t>(codes.size()));
  const int bits =
      dictionary_size > 2 ? static_cast<int>(std::bit_width(static_cast<uint64_t>(dictionary_size - 1))) : 1;
  page_.push_back(static_cast<char>(bits));
  AppendRuns(indices_, bits, &page_);
  return Finish(static_cast<int64_t>(codes.size()), parquet::Encoding::RLE_DICTIONARY);
}

arrow::Result<ParquetPage> PageEncoder::Finish(int64_t rows, parquet::Encoding::type encoding) {
  const auto* plain = reinterpret_cast<const uint8_t*>(page_.data());
  const auto plain_bytes = static_cast<int64_t>(page_.size());
  compressed_.resize(codec_->MaxCompressedLen(plain_bytes, plain));
  ARROW_ASSIGN_OR_RAISE(const int64_t bytes,
                        codec_->Compress(plain_bytes, plain, static_cast<int64_t>(compressed_.size()),
                                         reinterpret_cast<uint8_t*>(compressed_.data())));
  ParquetPage page{nullptr, static_cast<int32_t>(rows), plain_bytes, encoding};
  ARROW_ASSIGN_OR_RAISE(page.bytes, arrow::AllocateBuffer(bytes, ArrowPool()));
  std::memcpy(page.bytes->mutable_data(), compressed_.data(), bytes);
  return page;
}

}  // namespace costream
