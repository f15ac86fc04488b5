// What a target holds already: rows are replaced by rows, by nothing only where that was asked for.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/date.h"
#include "source/input_file.h"
#include "source/s3.h"

namespace costream {

// The file or object that a target names; null for an object that is not there.
arrow::Result<InputFilePtr> FileOfTarget(const std::string& target, const S3Settings& s3);

// Whether a file holds rows; taken to hold some where it cannot be told. Absent (null, too) and empty files
// hold none.
bool CsvHasRows(const InputFilePtr& file);
bool ParquetHasRows(const InputFilePtr& file);

// How many. Usage error that names the target where it cannot be told, transient error where the store is not
// there.
arrow::Result<int64_t> CountCsvRows(const InputFilePtr& file, const std::string& target);
arrow::Result<int64_t> CountParquetRows(const InputFilePtr& file, const std::string& target);

// Usage errors without --allow-empty: the input has no row at all, or none of these days (ascending, not
// empty), whose rows it would take away.
arrow::Status EmptyInputRefused(const std::string& target);
arrow::Status EmptyDaysRefused(const std::string& target, const std::vector<Day>& days);

}  // namespace costream
