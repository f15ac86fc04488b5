// Cells of measures and timestamps from Arrow arrays of any accepted type.
#pragma once

#include <arrow/array.h>

#include <cstdint>
#include <optional>
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

// Fills values (NaN for null) and valid (0 for null) for each row. An error names the cell.
// REQUIRES: IsNumberType(*array.type()).
std::optional<CellError> ReadNumbers(const arrow::Array& array, std::vector<double>* values,
                                     std::vector<uint8_t>* valid);

// Fills microseconds since the epoch. A null is an error. REQUIRES: IsTimeType(*array.type()).
std::optional<CellError> ReadTimes(const arrow::Array& array, std::vector<int64_t>* micros);

bool IsNumberType(const arrow::DataType& type);
bool IsTimeType(const arrow::DataType& type);
bool IsTextType(const arrow::DataType& type);

// The text of row i. REQUIRES: a string or binary array of any width, row not null.
std::string_view TextAt(const arrow::Array& array, int64_t i);

}  // namespace costream
