#include "convert_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace costream {
namespace {

constexpr int kSchemaVersion = 1;

}  // namespace

std::string ConvertTable(const ConvertOptions& options, const ConvertResult& result) {
  std::string out;
  const auto line = [&](std::string_view name, const std::string& text) {
    out += fmt::format("{:<16}{}\n", name, text);
  };
  line("reports", fmt::format("{}", result.reports));
  line("rows", fmt::format("{} hourly, {} daily", result.hourly_rows, result.daily_rows));
  line("files",
       fmt::format("{} written, {} removed -> {}", result.files_written, result.files_removed, options.out));
  for (const auto& [file, rows] : result.superseded)
    line("superseded", fmt::format("{}: {} rows", file, rows));
  for (const auto& note : result.notes) line("note", note);
  for (const auto& warning : result.warnings) line("warning", warning);
  return out;
}

std::string ConvertJson(const ConvertOptions& options, const ConvertResult& result) {
  using nlohmann::json;
  json superseded = json::array();
  for (const auto& [file, rows] : result.superseded) superseded.push_back({{"file", file}, {"rows", rows}});
  const json out = {
      {"schema_version", kSchemaVersion},
      {"source_uuid", options.source},
      {"target", options.out},
      {"rows", {{"hourly", result.hourly_rows}, {"daily", result.daily_rows}}},
      {"files", {{"written", result.files_written}, {"removed", result.files_removed}}},
      {"superseded", superseded},
      {"input",
       {{"reports", result.reports},
        {"rows_anomalous", result.rows_anomalous},
        {"rows_with_replaced_text", result.rows_repaired}}},
      {"notes", result.notes},
      {"warnings", result.warnings},
  };
  return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace costream
