// Differences in words: at a glance for people, one JSON object or CSV lines for machines.
#pragma once

#include <array>
#include <string>

#include "summary/summary_diff.h"

namespace costream {

using SummaryNames = std::array<std::string, 2>;

std::string DiffTable(const SummaryDiff& diff, const SummaryNames& names);
std::string DiffJson(const SummaryDiff& diff, const SummaryNames& names);
// A line for each row that only one has, and for each column that differs.
std::string DiffCsv(const SummaryDiff& diff);

// For an error message: the differences in one line, and the first of them, each beginning with a line break.
std::string DiffSentence(const SummaryDiff& diff, const SummaryNames& names);
std::string DiffLines(const SummaryDiff& diff);

}  // namespace costream
