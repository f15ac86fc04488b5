// Cells of measures and timestamps from Arrow arrays of any accepted type.
#pragma once

#include <arrow/array.h>
#include <arrow/type.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace costream {

// A number as text: "12.5", "+1e3", "NaN", "+Inf"; the empty text is 0.
std::optional<double> ParseNumber(std::string_view text);

// What went wrong with one cell.
struct CellError {
  int64_t row = 0;
  std::string what;
};

// Fills values for each row: NaN for null, infinity for a NaN. An error names the cell.
// REQUIRES: IsNumberType(*array.type()).
std::optional<CellError> ReadNumbers(const arrow::Array& array, std::vector<double>* values);

// Makes the NaNs infinite, so that NaN can stand for null.
void ReplaceNaN(std::span<double> values);

// An instant in microseconds since the epoch; nothing where it is outside the years 1 to 9999.
std::optional<int64_t> ToMicros(int64_t value, arrow::TimeUnit::type unit);

// Fills microseconds since the epoch. A null is an error. REQUIRES: IsTimeType(*array.type()).
std::optional<CellError> ReadTimes(const arrow::Array& array, std::vector<int64_t>* micros);

bool IsNumberType(const arrow::DataType& type);
bool IsTimeType(const arrow::DataType& type);
bool IsTextType(const arrow::DataType& type);

// The text of row i. REQUIRES: a string or binary array of any width, row not null.
std::string_view TextAt(const arrow::Array& array, int64_t i);

}  // namespace costream
