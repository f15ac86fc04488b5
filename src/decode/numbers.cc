#include "decode/numbers.h"

#include <arrow/type_traits.h>
#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>
#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <limits>

#include "base/date.h"
#include "base/units.h"

namespace costream {
namespace {

constexpr int64_t kSecondsOfADay = kMicrosPerDay / kMicrosPerSecond;
constexpr double kNull = std::numeric_limits<double>::quiet_NaN();
constexpr double kExactIntegers = 0x1p53;  // integers up to here, and these powers, are exact as doubles
constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

const arrow::DataType& ValueType(const arrow::DataType& type) {
  if (type.id() != arrow::Type::DICTIONARY) return type;
  return *static_cast<const arrow::DictionaryType&>(type).value_type();
}

template <typename ArrayType>
void ReadPrimitive(const arrow::Array& array, std::vector<double>* values) {
  const auto& typed = static_cast<const ArrayType&>(array);
  for (int64_t i = 0; i < array.length(); ++i) (*values)[i] = static_cast<double>(typed.Value(i));
}

template <typename ArrayType, typename Decimal>
void ReadDecimal(const arrow::Array& array, std::vector<double>* values) {
  const auto& typed = static_cast<const ArrayType&>(array);
  const int scale = static_cast<const arrow::DecimalType&>(*array.type()).scale();
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) continue;
    const Decimal decimal(typed.GetValue(i));
    // Rounded once, unlike Decimal::ToDouble: 15 stays 15 whatever its scale.
    const double unscaled = decimal.ToDouble(0);
    if (std::fabs(unscaled) <= kExactIntegers && scale >= 0 && scale < std::ssize(kPowersOfTen)) {
      (*values)[i] = unscaled / kPowersOfTen[scale];
    } else {
      (*values)[i] = ParseNumber(decimal.ToString(scale)).value_or(kNull);
    }
  }
}

CellError NoNumber(int64_t row, std::string_view text) {
  return {row, fmt::format("'{}' is not a number", text.substr(0, 60))};
}

std::optional<CellError> ReadNumberTexts(const arrow::Array& array, std::vector<double>* values) {
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) continue;
    const auto number = ParseNumber(TextAt(array, i));
    if (!number) return NoNumber(i, TextAt(array, i));
    (*values)[i] = *number;
  }
  return std::nullopt;
}

void ReadHalf(const arrow::Array& array, std::vector<double>* values) {
  const auto& typed = static_cast<const arrow::HalfFloatArray&>(array);
  for (int64_t i = 0; i < array.length(); ++i) {
    (*values)[i] = arrow::util::Float16::FromBits(typed.Value(i)).ToDouble();
  }
}

// Values of a dictionary array: those of its dictionary, taken by index. An entry that is no number is an
// error of the first row that uses it.
std::optional<CellError> ReadNumberDictionary(const arrow::DictionaryArray& array,
                                              std::vector<double>* values) {
  const arrow::Array& entries = *array.dictionary();
  std::vector<double> of_code(entries.length(), kNull);
  std::vector<uint8_t> no_number(entries.length());
  if (entries.type_id() != arrow::Type::NA && IsTextType(*entries.type())) {
    for (int64_t code = 0; code < entries.length(); ++code) {
      if (entries.IsNull(code)) continue;
      const auto number = ParseNumber(TextAt(entries, code));
      if (number) of_code[code] = *number;
      no_number[code] = !number;
      ReplaceNaN({&of_code[code], 1});
    }
  } else if (auto error = ReadNumbers(entries, &of_code)) {
    return error;
  }
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) continue;
    const int64_t code = array.GetValueIndex(i);
    if (no_number[code]) return NoNumber(i, TextAt(entries, code));
    (*values)[i] = of_code[code];
  }
  return std::nullopt;
}

int64_t MicrosPerUnit(arrow::TimeUnit::type unit) {
  return unit == arrow::TimeUnit::SECOND ? kMicrosPerSecond : unit == arrow::TimeUnit::MILLI ? 1000 : 1;
}

std::optional<int64_t> ScaleTime(int64_t value, arrow::TimeUnit::type unit) {
  if (unit == arrow::TimeUnit::NANO) return value / 1000 - (value % 1000 < 0);
  int64_t micros = 0;
  if (__builtin_mul_overflow(value, MicrosPerUnit(unit), &micros)) return std::nullopt;
  return micros;
}

std::optional<int64_t> TimeAt(const arrow::Array& array, int64_t i) {
  switch (array.type_id()) {
    case arrow::Type::TIMESTAMP:
      return ScaleTime(static_cast<const arrow::TimestampArray&>(array).Value(i),
                       static_cast<const arrow::TimestampType&>(*array.type()).unit());
    case arrow::Type::DATE32:
      return ScaleTime(static_cast<const arrow::Date32Array&>(array).Value(i) * kSecondsOfADay,
                       arrow::TimeUnit::SECOND);
    case arrow::Type::DATE64:
      return ScaleTime(static_cast<const arrow::Date64Array&>(array).Value(i), arrow::TimeUnit::MILLI);
    default:
      return ParseTimestamp(TextAt(array, i));
  }
}

// Instants whose day is a civil date of four digits.
bool InRange(int64_t micros) {
  return micros >= -62'135'596'800 * kMicrosPerSecond && micros < 253'402'300'800 * kMicrosPerSecond;
}

}  // namespace

std::optional<double> ParseNumber(std::string_view text) {
  if (text.empty()) return 0.0;
  if (text.front() == '+' && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = fast_float::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error != std::errc() && error != std::errc::result_out_of_range) return std::nullopt;
  return value;
}

bool IsTextType(const arrow::DataType& type) {
  switch (ValueType(type).id()) {
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::NA:
      return true;
    default:
      return false;
  }
}

bool IsNumberType(const arrow::DataType& type) {
  const auto& value = ValueType(type);
  return arrow::is_numeric(value.id()) || arrow::is_decimal(value.id()) || IsTextType(type);
}

bool IsTimeType(const arrow::DataType& type) {
  const auto id = ValueType(type).id();
  return id == arrow::Type::TIMESTAMP || id == arrow::Type::DATE32 || id == arrow::Type::DATE64 ||
         IsTextType(type);
}

std::string_view TextAt(const arrow::Array& array, int64_t i) {
  switch (array.type_id()) {
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return static_cast<const arrow::LargeBinaryArray&>(array).GetView(i);
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
      return static_cast<const arrow::BinaryViewArray&>(array).GetView(i);
    default:
      return static_cast<const arrow::BinaryArray&>(array).GetView(i);
  }
}

void ReplaceNaN(std::span<double> values) {
  for (double& value : values) value = std::isnan(value) ? std::numeric_limits<double>::infinity() : value;
}

std::optional<int64_t> ToMicros(int64_t value, arrow::TimeUnit::type unit) {
  const auto micros = ScaleTime(value, unit);
  return micros && InRange(*micros) ? micros : std::nullopt;
}

std::optional<CellError> ReadNumbers(const arrow::Array& array, std::vector<double>* values) {
  values->assign(array.length(), kNull);
  switch (array.type_id()) {
    case arrow::Type::NA:
      return std::nullopt;
    case arrow::Type::DICTIONARY:
      return ReadNumberDictionary(static_cast<const arrow::DictionaryArray&>(array), values);
    case arrow::Type::INT8:
      ReadPrimitive<arrow::Int8Array>(array, values);
      break;
    case arrow::Type::INT16:
      ReadPrimitive<arrow::Int16Array>(array, values);
      break;
    case arrow::Type::INT32:
      ReadPrimitive<arrow::Int32Array>(array, values);
      break;
    case arrow::Type::INT64:
      ReadPrimitive<arrow::Int64Array>(array, values);
      break;
    case arrow::Type::UINT8:
      ReadPrimitive<arrow::UInt8Array>(array, values);
      break;
    case arrow::Type::UINT16:
      ReadPrimitive<arrow::UInt16Array>(array, values);
      break;
    case arrow::Type::UINT32:
      ReadPrimitive<arrow::UInt32Array>(array, values);
      break;
    case arrow::Type::UINT64:
      ReadPrimitive<arrow::UInt64Array>(array, values);
      break;
    case arrow::Type::HALF_FLOAT:
      ReadHalf(array, values);
      break;
    case arrow::Type::FLOAT:
      ReadPrimitive<arrow::FloatArray>(array, values);
      break;
    case arrow::Type::DOUBLE:
      ReadPrimitive<arrow::DoubleArray>(array, values);
      break;
    case arrow::Type::DECIMAL32:
      ReadDecimal<arrow::Decimal32Array, arrow::Decimal32>(array, values);
      break;
    case arrow::Type::DECIMAL64:
      ReadDecimal<arrow::Decimal64Array, arrow::Decimal64>(array, values);
      break;
    case arrow::Type::DECIMAL128:
      ReadDecimal<arrow::Decimal128Array, arrow::Decimal128>(array, values);
      break;
    case arrow::Type::DECIMAL256:
      ReadDecimal<arrow::Decimal256Array, arrow::Decimal256>(array, values);
      break;
    default:
      if (auto error = ReadNumberTexts(array, values)) return error;
  }
  ReplaceNaN(*values);
  if (array.null_count() > 0) {
    for (int64_t i = 0; i < array.length(); ++i) {
      if (array.IsNull(i)) (*values)[i] = kNull;
    }
  }
  return std::nullopt;
}

std::optional<CellError> ReadTimes(const arrow::Array& array, std::vector<int64_t>* micros) {
  micros->resize(array.length());
  if (array.type_id() == arrow::Type::NA && array.length() > 0) return CellError{0, "is null"};
  const auto* dictionary = array.type_id() == arrow::Type::DICTIONARY
                               ? &static_cast<const arrow::DictionaryArray&>(array)
                               : nullptr;
  const arrow::Array& cells = dictionary ? *dictionary->dictionary() : array;
  std::string_view last_text;  // hourly rows repeat their timestamp
  std::optional<int64_t> last;
  const bool text = IsTextType(*cells.type());
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) return CellError{i, "is null"};
    const int64_t at = dictionary ? dictionary->GetValueIndex(i) : i;
    if (cells.IsNull(at)) return CellError{i, "is null"};
    if (!text || !last || TextAt(cells, at) != last_text) {
      last = TimeAt(cells, at);
      if (text) last_text = TextAt(cells, at);
      if (!last || !InRange(*last)) {
        return CellError{i, text ? fmt::format("'{}' is not a timestamp like 2025-11-01 00:00:00 +0000 UTC",
                                               last_text.substr(0, 60))
                                 : "is outside the years 1 to 9999"};
      }
    }
    (*micros)[i] = *last;
  }
  return std::nullopt;
}

}  // namespace costream
