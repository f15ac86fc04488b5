#include "source/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <vector>

namespace costream {
namespace {

std::optional<int> Number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional<int>(value) : std::nullopt;
}

std::vector<std::string> Folders(const std::string& path) {
  std::vector<std::string> folders;
  for (const auto& part : std::filesystem::path(path).parent_path()) folders.push_back(part.string());
  return folders;
}

bool Says(const std::string& name, const std::string& word) {
  return name == word || name.ends_with("_" + word);
}

}  // namespace

PathFacts FactsOf(const std::string& path) {
  PathFacts facts;
  std::vector<std::string> parts = Folders(path);
  parts.push_back(std::filesystem::path(path).stem().string());
  std::string before_ocp;
  for (const std::string& part : parts) {
    if (part == "OCP" && !before_ocp.empty()) facts.org = before_ocp;
    if (part.starts_with("source=")) facts.source = part.substr(7);
    if (part.starts_with("year=")) facts.year = Number(part.substr(5));
    if (part.starts_with("month=")) facts.month = Number(part.substr(6));
    if (part.starts_with("day=")) facts.day = Number(part.substr(4));
    if (Says(part, "hourly")) facts.granularity = Granularity::kHourly;
    if (Says(part, "daily")) facts.granularity = Granularity::kDaily;
    before_ocp = part;
  }
  return facts;
}

std::optional<TableOfPath> TableOf(const std::string& path) {
  const std::vector<std::string> folders = Folders(path);
  for (size_t i = 0; i < folders.size(); ++i) {
    for (const ReportKind kind : kAllReports) {
      const std::string table(SpecOf(kind).table);
      if (folders[i] == table) return TableOfPath{{kind, Granularity::kHourly}, Layout::kFlat};
      if (folders[i] == table + "_daily") return TableOfPath{{kind, Granularity::kDaily}, Layout::kFlat};
      if (folders[i] == SpecOf(kind).name && i >= 1 && folders[i - 1] == "OCP") {
        const bool daily = i >= 3 && folders[i - 3] == "daily";
        return TableOfPath{{kind, daily ? Granularity::kDaily : Granularity::kHourly}, Layout::kKoku};
      }
    }
  }
  return std::nullopt;
}

std::string FolderOf(Layout layout, Table table, const std::string& org, const std::string& source, Day day) {
  const ReportSpec& spec = SpecOf(table.kind);
  const bool daily = table.granularity == Granularity::kDaily;
  const std::string date = FormatDay(day);  // 2025-11-01
  const std::string year = date.substr(0, 4), month = date.substr(5, 2);
  if (layout == Layout::kKoku) {
    return fmt::format("data/parquet/{}{}/OCP/{}/source={}/year={}/month={}", daily ? "daily/" : "", org,
                       spec.name, source, year, month);
  }
  return fmt::format("data/{}/OCP/source={}/year={}/month={}/day={}/{}{}", org, source, year, month,
                     date.substr(8, 2), spec.table, daily ? "_daily" : "");
}

bool NamesOther(const std::string& path) {
  return !TableOf(path) && std::ranges::any_of(Folders(path), [](const std::string& folder) {
    return folder.starts_with("source=") ||
           (folder.starts_with("openshift_") && folder.find("_line_items") != std::string::npos);
  });
}

}  // namespace costream
