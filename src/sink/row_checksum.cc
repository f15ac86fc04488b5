#include "sink/row_checksum.h"

#include <arrow/array.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include <bit>

#include "base/decimal15.h"
#include "model/summary.h"

namespace costream {
namespace {

constexpr int128 kOne = 1'000'000'000'000'000;  // in units of 10^-15

// In units of 10^-15; -1 where it is null. One that PostgreSQL cannot hold counts by its bits.
int128 MeasureOf(const arrow::Array& column, int64_t row) {
  if (column.IsNull(row)) return -kOne;
  if (column.type_id() == arrow::Type::DECIMAL128) {
    const arrow::Decimal128 value(static_cast<const arrow::Decimal128Array&>(column).GetValue(row));
    return int128{value.high_bits()} << 64 | value.low_bits();
  }
  const double value = static_cast<const arrow::DoubleArray&>(column).Value(row);
  return ToDecimal15(value).value_or(std::bit_cast<int64_t>(value));
}

int64_t FirstBytes(const uint8_t* uuid) {
  uint64_t bytes = 0;
  for (int i = 0; i < 8; ++i) bytes = bytes << 8 | uuid[i];
  return static_cast<int64_t>(bytes);
}

}  // namespace

void RowChecksum::Add(const arrow::RecordBatch& batch) {
  const auto& uuids = static_cast<const arrow::FixedSizeBinaryArray&>(*batch.column(kUuid));
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    auto measures = static_cast<unsigned __int128>(kOne);
    for (int i = 0; i < kSummaryMeasures; ++i) {
      measures += static_cast<unsigned __int128>(MeasureOf(*batch.column(kFirstMeasure + i), row)) * (i + 1u);
    }
    sum_ += measures * static_cast<unsigned __int128>(int128{FirstBytes(uuids.GetValue(row))});
  }
}

std::string RowChecksum::Text() const { return fmt::format("{}", sum_); }

std::string RowChecksum::Sql() {
  std::string measures = "1";
  for (int i = 0; i < kSummaryMeasures; ++i) {
    measures +=
        fmt::format(" + {} * coalesce({}, -1)", i + 1, SummarySchema()->field(kFirstMeasure + i)->name());
  }
  const std::string sum = fmt::format(
      "coalesce(trunc(sum(('x' || left(translate(uuid::text, '-', ''), 16))::bit(64)::bigint * ({})) * {}), "
      "0)",
      measures, static_cast<int64_t>(kOne));
  constexpr const char* kModulus = "340282366920938463463374607431768211456";
  return fmt::format("mod(mod({}, {}) + {}, {})", sum, kModulus, kModulus, kModulus);
}

}  // namespace costream
