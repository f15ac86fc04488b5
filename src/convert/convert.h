// Payloads and CSV reports -> Parquet trees with hourly and daily tables, as a platform would make them.
//
//   which days count    source/superseded.h         with what the tree holds already
//   rows                convert/report_rows.h       text -> the columns of the hourly table
//   daily               convert/daily_rows.h        some hours' rows -> rows of the daily table
//   tree                convert/converted_tree.h    all or nothing
#pragma once

#include <arrow/result.h>

#include <functional>
#include <string>
#include <vector>

#include "source/layout.h"
#include "source/payload.h"

namespace costream {

struct ConvertOptions {
  std::vector<std::string> inputs;
  PayloadLimits payload_limits;
  std::string out;  // the directory that holds `data`
  Layout layout = Layout::kFlat;
  std::string source, org;
  std::function<bool()> cancelled;  // asked between batches
};

struct ConvertResult {
  int64_t reports = 0;  // CSV files
  int64_t hourly_rows = 0, daily_rows = 0;
  int64_t files_written = 0, files_removed = 0;
  int64_t rows_anomalous = 0, rows_repaired = 0;
  std::vector<std::pair<std::string, int64_t>> superseded;  // files, of the input or the tree, and rows
  std::vector<std::string> notes, warnings;
};

// On an error the tree is as it was.
arrow::Result<ConvertResult> Convert(const ConvertOptions& options);

}  // namespace costream
