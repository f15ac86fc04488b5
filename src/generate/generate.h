#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <string>

namespace costream {

// Makes up a month of usage reports of one cluster, to try and to measure costream with.
//
// The rows depend only on `seed`, `rows` and `month` (not on `format`). Memory holds the pods that are alive
// and one row group per table, never the month.

enum class GenerateFormat { kParquet, kCsv };

struct GenerateOptions {
  int64_t rows = 500000;  // hourly pod rows, exactly; the other reports come on top
  uint64_t seed = 1;
  std::string out;  // directory, created if it is missing
  GenerateFormat format = GenerateFormat::kParquet;
  std::string month = "2025-11";                                // YYYY-MM
  std::string source = "3b1f6a52-7c0e-4d6e-9f0b-5a1f0c2d7e11";  // provider UUID
  std::string org = "1234567";
  bool plain_labels = false;  // Parquet: pod_labels without a dictionary
};

struct GenerateResult {
  int64_t hourly_pod_rows = 0;
  int64_t daily_pod_rows = 0;  // 0 for CSV, which has hourly reports only
  int64_t hourly_storage_rows = 0;
  int64_t files = 0;  // report files, without reference.json
  int64_t bytes = 0;  // of those files
};

// Writes `out`/reference.json, last, and
// - Parquet: `out`/data/{org}/OCP/source={source}/year=/month=/day=/{table}/part-0.parquet, hourly and daily
// tables;
// - CSV: `out`/{report}-YYYY-MM-DD.csv, hourly reports.
// Invalid: an option is out of range, or `out` already holds generated data. IOError: a file cannot be
// written.
arrow::Result<GenerateResult> Generate(const GenerateOptions& options);

}  // namespace costream
