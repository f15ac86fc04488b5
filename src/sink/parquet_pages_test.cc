#include "sink/parquet_pages.h"

#include <gtest/gtest.h>
#include <parquet/encoding.h>

namespace costream {
namespace {

// As Parquet's own reader decodes them.
std::vector<uint32_t> Decoded(const std::string& runs, int bits, size_t count) {
  const std::string page = static_cast<char>(bits) + runs;
  const auto decoder = parquet::MakeDictDecoder<parquet::ByteArrayType>();
  decoder->SetData(static_cast<int>(count), reinterpret_cast<const uint8_t*>(page.data()),
                   static_cast<int>(page.size()));
  std::vector<int32_t> values(count);
  EXPECT_EQ(decoder->DecodeIndices(static_cast<int>(count), values.data()), static_cast<int>(count));
  return {values.begin(), values.end()};
}

TEST(ParquetPages, RunsAreReadBackWhateverTheirLengths) {
  for (const int bits : {1, 2, 7, 8, 9, 16, 17, 31}) {
    const uint32_t most = (1u << bits) - 1;
    for (const int period : {1, 2, 7, 8, 9, 15, 16, 17, 40, 1000}) {
      for (const size_t count : {1, 7, 8, 9, 63, 64, 65, 1000}) {
        std::vector<uint32_t> values;
        for (size_t i = 0; i < count; ++i) values.push_back(static_cast<uint32_t>(i / period * 37) & most);
        std::string runs;
        AppendRuns(values, bits, &runs);
        EXPECT_EQ(Decoded(runs, bits, count), values) << bits << " bits, period " << period << ", " << count;
      }
    }
  }
}

TEST(ParquetPages, RunsOfMixedLengthsAreReadBack) {
  std::vector<uint32_t> values;
  for (uint32_t run = 0; run < 60; ++run) values.insert(values.end(), run * 7 % 23, run % 5);
  std::string runs;
  AppendRuns(values, 3, &runs);
  EXPECT_EQ(Decoded(runs, 3, values.size()), values);
}

TEST(ParquetPages, ALongRunTakesAFewBytes) {
  std::string runs;
  AppendRuns(std::vector<uint32_t>(100'000, 5), 3, &runs);
  EXPECT_LE(runs.size(), 4u);
}

}  // namespace
}  // namespace costream
