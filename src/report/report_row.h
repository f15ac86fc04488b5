// A row of a summary as reports add it up.
#pragma once

#include <arrow/result.h>

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "report/decimal_sum.h"
#include "summary/summary_reader.h"

namespace costream {

RowKind KindOfRow(const StoredRow& row);

// Whether the row's usage is part of what its node's Unallocated row is the rest of.
bool CountsAsAllocated(const StoredRow& row);

// By SummaryMeasure, null is 0. Input error for one that numeric(33,15) does not hold.
using Decimals = std::array<int128, kSummaryMeasures>;
arrow::Result<Decimals> DecimalsOf(const StoredRow& row);

// The error of a sum that has left its range.
arrow::Status SumOutOfRange();

// Key and value of each label of a row.
using RowLabels = std::vector<std::pair<std::string, std::string>>;

// Parses label texts, each once: a limited number of them is remembered.
class LabelTexts {
 public:
  // {} of null and of what is no object of JSON. Holds until the next call.
  const RowLabels& Parse(std::string_view text);

 private:
  std::unordered_map<std::string, RowLabels> parsed_;
};

}  // namespace costream
