#include "summary/diff_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "summary/row_key.h"

namespace costream {
namespace {

constexpr int kSchemaVersion = 1;
constexpr size_t kLongestCell = 60;

const std::string& NameOf(int column) { return SummarySchema()->field(column)->name(); }

std::string Cut(std::string_view text) {
  if (text.size() <= kLongestCell) return std::string(text);
  size_t size = kLongestCell - 3;
  while (size > 0 && (text[size] & 0xC0) == 0x80) --size;  // between characters
  return std::string(text.substr(0, size)) + "...";
}

// A cell of a row that differs.
std::string CellOf(const RowDifference& row, int side, int column) {
  if (column < kFirstMeasure) return row.texts[side][column].value_or("null");
  const double value = row.measures[side][column - kFirstMeasure];
  return std::isnan(value) ? "null" : fmt::format("{}", value);
}

const char* WhatOf(const RowDifference& row) {
  return row.there[0] && row.there[1] ? "differs" : row.there[0] ? "only a" : "only b";
}

// "2025-11-01 Pod namespace=shop node=n1": day and kind, then the rest of the key as far as it is not null.
std::string RowName(const RowDifference& row) {
  const auto& texts = row.name();
  std::string name = texts[kUsageStart].value_or("null");
  const bool unallocated = texts[kDataSource] == "Pod" && !texts[kPodLabelsColumn];
  name += ' ';
  name += unallocated ? "Unallocated" : texts[kDataSource].value_or("null");
  for (const int column : kKeyColumns) {
    if (column == kUsageStart || column == kDataSource || !texts[column]) continue;
    name += fmt::format(" {}={}", NameOf(column), Cut(*texts[column]));
  }
  return name;
}

void AddRows(const SummaryDiff& diff, const SummaryNames& names, std::string* out) {
  const auto line = [&](std::string_view what, const std::string& a, const std::string& b) {
    *out += fmt::format("{:<47}{:>16}{:>16}\n", what, a, b);
  };
  line("", "a", "b");
  line("rows", std::to_string(diff.rows[0]), std::to_string(diff.rows[1]));
  line("  equal", std::to_string(diff.equal_rows()), std::to_string(diff.equal_rows()));
  line("  with other values", std::to_string(diff.changed), std::to_string(diff.changed));
  line("  only here", std::to_string(diff.only[0]), std::to_string(diff.only[1]));
  for (const int side : {0, 1}) {
    if (diff.missing[side].empty()) continue;
    *out += fmt::format("{} has no column {}\n", names[side], fmt::join(diff.missing[side], ", "));
  }
}

void AddColumns(const SummaryDiff& diff, std::string* out) {
  *out += fmt::format("\n{:<47}{:>16}{:>16}\n", "totals", "a", "b");
  for (int column = kFirstMeasure; column < kFirstMeasure + kSummaryMeasures; ++column) {
    if (!diff.columns[column]) continue;
    const ColumnDifference& measure = *diff.columns[column];
    *out += fmt::format("{:<47}{:>16.4f}{:>16.4f}\n", NameOf(column), measure.totals[0], measure.totals[1]);
    if (measure.rows == 0) continue;
    *out += fmt::format("  {} rows differ, by at most {:.3g}, relative {:.3g}\n", measure.rows,
                        measure.max_absolute, measure.max_relative);
  }
  for (const int column : kAttributes) {
    if (!diff.columns[column] || diff.columns[column]->rows == 0) continue;
    *out += fmt::format("{}\n  {} rows differ\n", NameOf(column), diff.columns[column]->rows);
  }
}

nlohmann::ordered_json JsonCell(const RowDifference& row, int side, int column) {
  if (column < kFirstMeasure) {
    const auto& text = row.texts[side][column];
    return text ? nlohmann::ordered_json(*text) : nlohmann::ordered_json();
  }
  const double value = row.measures[side][column - kFirstMeasure];
  return std::isnan(value) ? nlohmann::ordered_json() : nlohmann::ordered_json(value);
}

nlohmann::ordered_json JsonRow(const RowDifference& row) {
  nlohmann::ordered_json out;
  out["difference"] = WhatOf(row);
  for (const int column : kKeyColumns) {
    const auto& text = row.name()[column];
    out["row"][NameOf(column)] = text ? nlohmann::ordered_json(*text) : nlohmann::ordered_json();
  }
  for (const int column : row.columns) {
    out["columns"][NameOf(column)] = {{"a", JsonCell(row, 0, column)}, {"b", JsonCell(row, 1, column)}};
  }
  return out;
}

std::string CsvText(const std::optional<std::string>& text) {
  if (!text) return "";
  std::string out = "\"";
  for (const char c : *text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

std::string CsvCell(const RowDifference& row, int side, int column) {
  if (column < kFirstMeasure) return CsvText(row.texts[side][column]);
  const double value = row.measures[side][column - kFirstMeasure];
  return std::isnan(value) ? "" : fmt::format("{}", value);
}

}  // namespace

std::string DiffSentence(const SummaryDiff& diff, const SummaryNames& names) {
  std::string out =
      fmt::format("{} (a) and {} (b) differ: {} rows with other values, {} only in a, {} only in b", names[0],
                  names[1], diff.changed, diff.only[0], diff.only[1]);
  for (const int side : {0, 1}) {
    if (diff.missing[side].empty()) continue;
    out += fmt::format("; {} has no column {}", names[side], fmt::join(diff.missing[side], ", "));
  }
  return out;
}

std::string DiffLines(const SummaryDiff& diff) {
  if (diff.shown.empty()) return "";
  const auto differences = static_cast<size_t>(diff.only[0] + diff.only[1] + diff.changed);
  std::string out = diff.shown.size() < differences
                        ? fmt::format("\nthe first {} of {} differences", diff.shown.size(), differences)
                        : "\ndifferences";
  for (const RowDifference& row : diff.shown) {
    out += fmt::format("\n{:<8}{}", WhatOf(row), RowName(row));
    for (const int column : row.columns) {
      out += fmt::format("\n          {}: {} -> {}", NameOf(column), CellOf(row, 0, column),
                         CellOf(row, 1, column));
    }
  }
  return out;
}

std::string DiffTable(const SummaryDiff& diff, const SummaryNames& names) {
  std::string out =
      fmt::format("{}\na  {}\nb  {}\n\n", diff.equal() ? "EQUAL" : "DIFFERENT", names[0], names[1]);
  AddRows(diff, names, &out);
  AddColumns(diff, &out);
  if (!diff.shown.empty()) out += DiffLines(diff) + "\n";
  return out;
}

std::string DiffJson(const SummaryDiff& diff, const SummaryNames& names) {
  nlohmann::ordered_json out;
  out["schema_version"] = kSchemaVersion;
  out["equal"] = diff.equal();
  out["rows"] = {{"equal", diff.equal_rows()}, {"differ", diff.changed}};
  for (const int side : {0, 1}) {
    out[side == 0 ? "a" : "b"] = {{"name", names[side]},
                                  {"rows", diff.rows[side]},
                                  {"only_here", diff.only[side]},
                                  {"missing_columns", diff.missing[side]}};
  }
  out["columns"] = nlohmann::ordered_json::object();
  for (int column = 0; column < kFirstMeasure + kSummaryMeasures; ++column) {
    if (!diff.columns[column]) continue;
    const ColumnDifference& difference = *diff.columns[column];
    auto& shown = out["columns"][NameOf(column)];
    shown["rows_that_differ"] = difference.rows;
    if (column < kFirstMeasure) continue;
    shown["total_a"] = difference.totals[0];
    shown["total_b"] = difference.totals[1];
    shown["max_absolute"] = difference.max_absolute;
    shown["max_relative"] = difference.max_relative;
  }
  out["differences"] = nlohmann::ordered_json::array();
  for (const RowDifference& row : diff.shown) out["differences"].push_back(JsonRow(row));
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string DiffCsv(const SummaryDiff& diff) {
  std::string out = "difference";
  for (const int column : kKeyColumns) out += ',' + NameOf(column);
  out += ",column,a,b\n";
  for (const RowDifference& row : diff.shown) {
    std::string cells = WhatOf(row);
    for (const int column : kKeyColumns) cells += ',' + CsvText(row.name()[column]);
    if (row.columns.empty()) out += cells + ",,,\n";
    for (const int column : row.columns) {
      out += fmt::format("{},{},{},{}\n", cells, NameOf(column), CsvCell(row, 0, column),
                         CsvCell(row, 1, column));
    }
  }
  return out;
}

}  // namespace costream
