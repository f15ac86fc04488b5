// What is different between two summaries.
//
// Rows belong together that have the same key (row_key.h). Of several that look alike as many are equal as
// have equal attributes and measures, whatever their order; the uuid is not looked at. Days are compared one
// after the other: the memory is that of the measures of one day's rows in both.
#pragma once

#include <arrow/result.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "summary/summary_reader.h"

namespace costream {

struct DiffOptions {
  // Measures are equal within the greater of the two; unallocated usage also within the relative one of the
  // node's capacity, which it is a difference from.
  double relative_tolerance = 1e-9;
  double absolute_tolerance = 1e-12;
  std::vector<std::string> ignored;  // columns
  size_t limit = 20;                 // differences to be shown
  // Rows of others are left out.
  std::optional<std::string> source;
  std::optional<Day> first_day, last_day;
  RowKindSet kinds;
};

// One of the two rows, or both, by side: 0 is a, 1 is b.
struct RowDifference {
  using Texts = std::array<std::optional<std::string>, kFirstMeasure>;
  std::array<bool, 2> there{};
  std::array<Texts, 2> texts;
  std::array<std::array<double, kSummaryMeasures>, 2> measures{};
  std::vector<int> columns;  // of SummarySchema(), that differ, where both are there

  const Texts& name() const { return texts[there[0] ? 0 : 1]; }
};

struct ColumnDifference {
  int64_t rows = 0;  // in which it differs
  // Of measures:
  double max_absolute = 0, max_relative = 0;  // where neither is null
  std::array<double, 2> totals{};             // over all rows
};

struct SummaryDiff {
  std::array<int64_t, 2> rows{};
  std::array<int64_t, 2> only{};                    // rows with no counterpart
  int64_t changed = 0;                              // pairs with other values
  std::array<std::vector<std::string>, 2> missing;  // columns that only the other has
  // By position in SummarySchema(); nothing for keys, and columns that were not compared.
  std::vector<std::optional<ColumnDifference>> columns;
  std::vector<RowDifference> shown;  // the first ones, by day

  int64_t equal_rows() const { return rows[0] - only[0] - changed; }
  bool equal() const { return only[0] + only[1] + changed == 0 && missing[0].empty() && missing[1].empty(); }
};

// Usage error for an ignored column that no summary has.
arrow::Result<SummaryDiff> CompareSummaries(SummaryReader* a, SummaryReader* b, const DiffOptions& options);

}  // namespace costream
