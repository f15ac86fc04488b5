// What a path says of its file (spec: "Layouts on storage").
//
//   flat   data/{org}/OCP/source=…/year=…/month=…/day=…/{table}/*.parquet
//   koku   data/parquet/{account}/OCP/{report}/source=…/year=…/month=…/*.parquet
//          data/parquet/daily/{account}/OCP/{report}/…
#pragma once

#include <optional>
#include <string>

#include "base/date.h"
#include "model/report.h"

namespace costream {

enum class Layout { kFlat, kKoku };

// Nothing where the path does not say it.
struct PathFacts {
  std::optional<std::string> org, source;
  std::optional<int> year, month, day;
  std::optional<Granularity> granularity;  // by a folder or file called daily or x_daily, hourly or x_hourly
};

PathFacts FactsOf(const std::string& path);

struct Table {
  ReportKind kind = ReportKind::kPod;
  Granularity granularity = Granularity::kHourly;
  bool operator==(const Table&) const = default;
};

struct TableOfPath {
  Table table;
  Layout layout = Layout::kFlat;
};

// The table that a folder of the path names.
std::optional<TableOfPath> TableOf(const std::string& path);

// The folder of a table's files, below the directory that holds `data`.
std::string FolderOf(Layout layout, Table table, const std::string& org, const std::string& source, Day day);

// Whether the path belongs to a layout, though it names no report's table: a file of something else.
bool NamesOther(const std::string& path);

}  // namespace costream
