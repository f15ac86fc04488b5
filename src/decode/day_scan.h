// Which days a report has rows of.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <functional>
#include <map>
#include <set>

#include "decode/usage_batch.h"

namespace costream {

struct DayRows {
  int64_t rows = 0;
  std::set<int64_t> times;  // distinct interval_start, where they are asked for
};

// Reads interval_start of all rows. `open` opens the report with the options that it is given; `cancelled`
// may be empty. Days outside [first_day, last_day] are left out.
arrow::Result<std::map<Day, DayRows>> ScanDays(
    const std::function<arrow::Result<std::unique_ptr<BatchReader>>(const DecodeOptions&)>& open,
    Day first_day, Day last_day, bool with_times, const std::function<bool()>& cancelled);

}  // namespace costream
