// Rows of a summary as tests compare them.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "summary/summary_reader.h"

namespace costream {

// "node=n1 pod_usage_cpu_core_hours=1.5": what is not null of these columns.
inline std::vector<std::string> RowsOfDay(SummaryReader* reader, Day day, const std::vector<int>& columns) {
  std::vector<std::string> rows;
  const auto status = reader->Read(day, [&](const StoredRow& row) {
    std::string& out = rows.emplace_back();
    for (const int column : columns) {
      const bool text = column < kFirstMeasure;
      if (text ? !row.texts[column] : std::isnan(row.measures[column - kFirstMeasure])) continue;
      if (!out.empty()) out += ' ';
      out += SummarySchema()->field(column)->name() + '=';
      out += text ? std::string(*row.texts[column]) : fmt::format("{}", row.measures[column - kFirstMeasure]);
    }
    return arrow::Status::OK();
  });
  EXPECT_TRUE(status.ok()) << status;
  return rows;
}

}  // namespace costream
