#include "plan_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <numeric>

namespace costream {
namespace {

using nlohmann::json;

constexpr int kSchemaVersion = 1;
constexpr std::array<std::string_view, kServedThings> kServedNames = {"usage", "capacity", "storage",
                                                                      "node_labels", "namespace_labels"};

int64_t RowsReplaced(const ExistingRows& existing) {
  int64_t rows = existing.of_file.value_or(0);
  for (const auto& [day, count] : existing.of_days) rows += count;
  return rows;
}

std::string NameOf(const Table& table) {
  return fmt::format("{} {}", NameOf(table.granularity), SpecOf(table.kind).name);
}

std::string Days(Day first, Day last) {
  return first == last ? FormatDay(first) : fmt::format("{} to {}", FormatDay(first), FormatDay(last));
}

std::string Replaced(const ExistingRows& existing) {
  if (existing.of_file) return fmt::format("the whole file, {} rows", *existing.of_file);
  std::string text = fmt::format("{} rows of {} days", RowsReplaced(existing), existing.of_days.size());
  if (existing.of_days.empty()) return text;
  return text + fmt::format(" ({})", Days(existing.of_days.begin()->first, existing.of_days.rbegin()->first));
}

json JsonOf(const Table& table) {
  return {{"report", SpecOf(table.kind).name}, {"granularity", NameOf(table.granularity)}};
}

}  // namespace

std::string PlanTable(const Preview& preview, const std::string& target) {
  std::string out;
  const auto line = [&](std::string_view name, const std::string& text) {
    out += fmt::format("{:<16}{}\n", name, text);
  };
  const RunScope& scope = preview.scope;
  line("source", fmt::format("{}  {}", scope.identity.source, Days(scope.first_day, scope.last_day)));
  line("cluster", scope.identity.cluster_id.value_or("(not known)"));
  line("layout", fmt::format("{}", fmt::join(preview.layouts, ", ")));
  out += fmt::format("{:<32}{:>8}{:>12}{:>16}{:>18}\n", "read", "files", "row groups", "rows", "bytes");
  for (const TableRead& read : preview.tables) {
    out += fmt::format("  {:<30}{:>8}{:>12}{:>16}{:>18}\n", NameOf(read.table), read.files,
                       read.row_groups > 0 ? std::to_string(read.row_groups) : "-",
                       fmt::format("{}{}", read.rows_estimated ? "about " : "", read.rows), read.bytes);
  }
  for (const UnreadTable& unread : preview.unread) {
    line("not needed", fmt::format("{}: {} files, {} rows", NameOf(unread.table), unread.files, unread.rows));
  }
  for (const DaysServed& days : preview.days) {
    std::string served;
    for (int i = 0; i < kServedThings; ++i) {
      served += fmt::format("{}{} {}", i ? ", " : "", kServedNames[i],
                            days.from[i] ? NameOf(*days.from[i]) : "none");
    }
    line(&days == &preview.days.front() ? "tables" : "",
         fmt::format("{}: {}", Days(days.first, days.last), served));
  }
  for (const SupersededFile& file : preview.superseded) {
    line("superseded", fmt::format("{}: {} rows", file.file, file.rows));
  }
  if (target.empty()) {
    line("target", "none (no --to)");
  } else {
    line("target", target);
    line("replaced", Replaced(preview.existing));
    for (const auto& [day, rows] : preview.existing.of_days)
      line("", fmt::format("{}  {} rows", FormatDay(day), rows));
  }
  for (const auto& note : preview.notes) line("note", note);
  for (const auto& warning : preview.warnings) line("warning", warning);
  return out;
}

std::string PlanJson(const Preview& preview, const std::string& target) {
  const RunScope& scope = preview.scope;
  json tables = json::array(), unread = json::array(), days = json::array(), superseded = json::array(),
       replaced = json::array();
  for (const TableRead& read : preview.tables) {
    json table = JsonOf(read.table);
    table.update({{"files", read.files},
                  {"row_groups", read.row_groups},
                  {"rows", read.rows},
                  {"rows_estimated", read.rows_estimated},
                  {"bytes", read.bytes}});
    tables.push_back(table);
  }
  for (const UnreadTable& not_needed : preview.unread) {
    json table = JsonOf(not_needed.table);
    table.update({{"files", not_needed.files}, {"rows", not_needed.rows}});
    unread.push_back(table);
  }
  for (const DaysServed& range : preview.days) {
    json served = {{"start_date", FormatDay(range.first)}, {"end_date", FormatDay(range.last)}};
    for (int i = 0; i < kServedThings; ++i) {
      served[std::string(kServedNames[i])] = range.from[i] ? json(NameOf(*range.from[i])) : json();
    }
    days.push_back(served);
  }
  for (const auto& [file, rows] : preview.superseded) superseded.push_back({{"file", file}, {"rows", rows}});
  for (const auto& [day, rows] : preview.existing.of_days) {
    replaced.push_back({{"date", FormatDay(day)}, {"rows", rows}});
  }
  const json out = {
      {"schema_version", kSchemaVersion},
      {"source_uuid", scope.identity.source},
      {"cluster_id", scope.identity.cluster_id ? json(*scope.identity.cluster_id) : json()},
      {"month", FormatMonth(preview.month)},
      {"start_date", FormatDay(scope.first_day)},
      {"end_date", FormatDay(scope.last_day)},
      {"layouts", preview.layouts},
      {"read", tables},
      {"not_needed", unread},
      {"tables", days},
      {"superseded", superseded},
      {"target", target},
      {"replaced",
       {{"rows", RowsReplaced(preview.existing)},
        {"whole_file", preview.existing.of_file.has_value()},
        {"days", replaced}}},
      {"notes", preview.notes},
      {"warnings", preview.warnings},
  };
  return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace costream
