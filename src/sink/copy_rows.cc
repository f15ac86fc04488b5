#include "sink/copy_rows.h"

#include <arrow/array.h>

#include <bit>
#include <limits>

#include "base/date.h"
#include "base/decimal15.h"
#include "base/error.h"

namespace costream {
namespace {

template <typename Integer>
void AppendBigEndian(Integer value, std::string* out) {
  static_assert(std::endian::native == std::endian::little);
  char bytes[sizeof value];
  for (size_t i = 0; i < sizeof value; ++i)
    bytes[i] = static_cast<char>(value >> (8 * (sizeof value - 1 - i)));
  out->append(bytes, sizeof value);
}

// A field: its length, then its bytes.
template <typename Integer>
void AppendIntegerField(Integer value, std::string* out) {
  AppendBigEndian(int32_t{sizeof value}, out);
  AppendBigEndian(value, out);
}

void AppendBytesField(std::string_view bytes, std::string* out) {
  AppendBigEndian(static_cast<int32_t>(bytes.size()), out);
  *out += bytes;
}

std::string_view TextAt(const arrow::Array& column, int64_t row) {
  if (column.type_id() == arrow::Type::STRING)
    return static_cast<const arrow::StringArray&>(column).GetView(row);
  const auto& texts = static_cast<const arrow::DictionaryArray&>(column);
  return static_cast<const arrow::StringArray&>(*texts.dictionary()).GetView(texts.GetValueIndex(row));
}

arrow::Status AppendUuid(const arrow::Array& column, int64_t row, std::string* out) {
  if (column.type_id() == arrow::Type::FIXED_SIZE_BINARY) {
    AppendBytesField(static_cast<const arrow::FixedSizeBinaryArray&>(column).GetView(row), out);
    return arrow::Status::OK();
  }
  const auto uuid = ParseUuid(TextAt(column, row));
  if (!uuid) return UsageError("'{}' is no UUID", TextAt(column, row));
  AppendBytesField({reinterpret_cast<const char*>(uuid->data()), uuid->size()}, out);
  return arrow::Status::OK();
}

arrow::Status AppendField(const arrow::Array& column, int64_t row, CopyType type, std::string* out) {
  if (column.IsNull(row)) {
    AppendBigEndian(int32_t{-1}, out);
    return arrow::Status::OK();
  }
  switch (type) {
    case CopyType::kUuid:
      return AppendUuid(column, row, out);
    case CopyType::kText:
      AppendBytesField(TextAt(column, row), out);
      return arrow::Status::OK();
    case CopyType::kJsonb: {
      constexpr char kVersion = 1;
      const std::string_view text = TextAt(column, row);
      AppendBigEndian(static_cast<int32_t>(text.size() + 1), out);
      *out += kVersion;
      *out += text;
      return arrow::Status::OK();
    }
    case CopyType::kDate:
      AppendIntegerField(static_cast<const arrow::Date32Array&>(column).Value(row) - DayOf(2000, 1, 1), out);
      return arrow::Status::OK();
    case CopyType::kInt8:
      AppendIntegerField(static_cast<const arrow::Int64Array&>(column).Value(row), out);
      return arrow::Status::OK();
    case CopyType::kInt4: {
      const int64_t value = static_cast<const arrow::Int64Array&>(column).Value(row);
      if (value != static_cast<int32_t>(value))
        return UsageError("{} does not fit an integer of 4 bytes", value);
      AppendIntegerField(static_cast<int32_t>(value), out);
      return arrow::Status::OK();
    }
    case CopyType::kNumeric: {
      const double value = static_cast<const arrow::DoubleArray&>(column).Value(row);
      const auto decimal = ToDecimal15(value);
      if (!decimal) {
        return InputError("the value {} does not fit numeric({},{})", value, kDecimalPrecision,
                          kDecimalScale);
      }
      AppendCopyNumeric(*decimal, out);
    }
  }
  return arrow::Status::OK();
}

}  // namespace

void AppendCopyHeader(std::string* out) {
  out->append("PGCOPY\n\xff\r\n\0", 11);
  AppendBigEndian(int32_t{0}, out);  // flags
  AppendBigEndian(int32_t{0}, out);  // length of the header's extension
}

void AppendCopyTrailer(std::string* out) { AppendBigEndian(int16_t{-1}, out); }

arrow::Status AppendCopyRows(const arrow::RecordBatch& batch, const std::vector<CopyType>& types,
                             std::string* out) {
  const arrow::ArrayVector& columns = batch.columns();
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    AppendBigEndian(static_cast<int16_t>(columns.size()), out);
    for (size_t i = 0; i < columns.size(); ++i) {
      const arrow::Status appended = AppendField(*columns[i], row, types[i], out);
      if (!appended.ok()) [[unlikely]] {
        return WithContext(appended,
                           fmt::format("column '{}'", batch.schema()->field(static_cast<int>(i))->name()));
      }
    }
  }
  return arrow::Status::OK();
}

// PostgreSQL keeps a numeric as digits of base 10,000 on both sides of the decimal point, without zeros at
// the ends; the weight is the power of 10,000 of the first.
void AppendCopyNumeric(int128 value, std::string* out) {
  constexpr int kWhole = 5, kAfterPoint = 4;  // digits: 10^18, and 16 places, the last of them 0
  constexpr uint64_t kOne = 1'000'000'000'000'000;
  constexpr int16_t kPlus = 0, kMinus = 0x4000;
  const unsigned __int128 all = static_cast<unsigned __int128>(value < 0 ? -value : value);
  uint64_t whole = 0, rest = 0;
  if (all <= std::numeric_limits<uint64_t>::max()) [[likely]] {
    whole = static_cast<uint64_t>(all) / kOne;
    rest = static_cast<uint64_t>(all) % kOne;
  } else {
    whole = static_cast<uint64_t>(all / kOne);
    rest = static_cast<uint64_t>(all % kOne);
  }
  rest *= 10;
  std::array<int16_t, kWhole + kAfterPoint> digits{};
  for (int i = kWhole + kAfterPoint; i-- > kWhole; rest /= 10'000)
    digits[i] = static_cast<int16_t>(rest % 10'000);
  for (int i = kWhole; i-- > 0 && whole > 0; whole /= 10'000)
    digits[i] = static_cast<int16_t>(whole % 10'000);
  int first = 0, last = kWhole + kAfterPoint;
  while (first < last && digits[first] == 0) ++first;
  while (last > first && digits[last - 1] == 0) --last;
  const int count = last - first;
  AppendBigEndian(static_cast<int32_t>(8 + 2 * count), out);
  AppendBigEndian(static_cast<int16_t>(count), out);
  AppendBigEndian(static_cast<int16_t>(count > 0 ? kWhole - 1 - first : 0), out);
  AppendBigEndian(value < 0 ? kMinus : kPlus, out);
  AppendBigEndian(int16_t{kDecimalScale}, out);
  for (int i = first; i < last; ++i) AppendBigEndian(digits[i], out);
}

std::optional<std::array<uint8_t, 16>> ParseUuid(std::string_view text) {
  std::array<uint8_t, 16> bytes{};
  int digits = 0;
  for (const char c : text) {
    if (c == '-' && digits % 4 == 0 && digits > 0) continue;
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0 || digits == 32) return std::nullopt;
    bytes[digits / 2] = static_cast<uint8_t>(bytes[digits / 2] << 4 | digit);
    ++digits;
  }
  if (digits != 32) return std::nullopt;
  return bytes;
}

}  // namespace costream
