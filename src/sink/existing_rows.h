// What a target holds already: rows are replaced by rows, by nothing only where that was asked for.
#pragma once

#include <arrow/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/date.h"

namespace costream {

// Whether a file holds rows; taken to hold some where it cannot be told. Absent and empty files hold none.
bool CsvHasRows(const std::string& path);
bool ParquetHasRows(const std::string& path);

// How many; nothing where it cannot be told.
std::optional<int64_t> CountCsvRows(const std::string& path);
std::optional<int64_t> CountParquetRows(const std::string& path);

// Usage error for a file of the target whose rows cannot be counted.
arrow::Status UncountableRows(const std::string& target, const std::string& file);

// Usage errors without --allow-empty: the input has no row at all, or none of these days (ascending, not
// empty), whose rows it would take away.
arrow::Status EmptyInputRefused(const std::string& target);
arrow::Status EmptyDaysRefused(const std::string& target, const std::vector<Day>& days);

}  // namespace costream
