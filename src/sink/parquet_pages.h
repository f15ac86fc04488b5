// Data pages of Parquet from columns of batches, encoded and compressed at once: what waits for the end of a
// row group is no larger than in the file. Arrow's writer buffers a row group in growing streams, several
// times that.
#pragma once

#include <arrow/array.h>
#include <arrow/result.h>
#include <arrow/util/compression.h>
#include <parquet/types.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace costream {

struct ParquetPage {
  std::shared_ptr<arrow::Buffer> bytes;  // compressed
  int32_t rows = 0;
  int64_t plain_bytes = 0;  // before compression
  parquet::Encoding::type encoding = parquet::Encoding::PLAIN;
};

// Not thread-safe.
class PageEncoder {
 public:
  static constexpr int32_t kNullCode = -1;

  explicit PageEncoder(std::unique_ptr<arrow::util::Codec> codec) : codec_(std::move(codec)) {}

  // Texts, decimals, and what has a fixed width in whole bytes.
  arrow::Result<ParquetPage> Plain(const arrow::Array& values, bool nullable);
  // Codes below `dictionary_size`, or kNullCode.
  arrow::Result<ParquetPage> Codes(std::span<const int32_t> codes, int64_t dictionary_size, bool nullable);

 private:
  arrow::Result<ParquetPage> Finish(int64_t rows, parquet::Encoding::type encoding);
  void AppendLevels(int64_t rows);

  const std::unique_ptr<arrow::util::Codec> codec_;
  std::string page_;               // before compression
  std::string compressed_;         // reused
  std::vector<uint32_t> levels_;   // definition levels of the page at hand; empty where no value is null
  std::vector<uint32_t> indices_;  // its codes, without nulls
};

// A text in PLAIN encoding, appended.
void AppendPlainText(std::string_view text, std::string* out);

// The hybrid of runs and bit-packed groups that levels and codes have in Parquet, appended. `bits`: of a
// value.
void AppendRuns(std::span<const uint32_t> values, int bits, std::string* out);

}  // namespace costream
