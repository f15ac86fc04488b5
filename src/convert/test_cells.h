// Text cells as CsvText gives them, and what conversion makes of them. For the tests of this folder.
#pragma once

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/scalar.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "convert/report_rows.h"

namespace costream {

using CellRow = std::vector<std::string>;

// The required columns of the pod report.
inline const std::vector<std::string> kPodColumns = {"interval_start",
                                                     "namespace",
                                                     "node",
                                                     "pod",
                                                     "pod_usage_cpu_core_seconds",
                                                     "pod_request_cpu_core_seconds",
                                                     "pod_usage_memory_byte_seconds",
                                                     "pod_request_memory_byte_seconds"};

// Those, and some more.
inline std::vector<std::string> PodColumnsAnd(const std::vector<std::string>& more) {
  std::vector<std::string> names = kPodColumns;
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

inline std::shared_ptr<arrow::RecordBatch> Cells(const std::vector<std::string>& names,
                                                 const std::vector<CellRow>& rows) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (size_t i = 0; i < names.size(); ++i) {
    arrow::BinaryBuilder cells;
    for (const CellRow& row : rows) EXPECT_TRUE(cells.Append(row.at(i)).ok());
    fields.push_back(arrow::field(names[i], arrow::binary()));
    columns.push_back(cells.Finish().ValueOrDie());
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), static_cast<int64_t>(rows.size()), columns);
}

// The rows as the hourly table has them; fails where one is an anomaly or cannot be read.
inline std::shared_ptr<arrow::RecordBatch> HourlyRows(ReportKind kind, const std::vector<std::string>& names,
                                                      const std::vector<CellRow>& cells) {
  const ReportColumns columns = ReportColumnsOf(kind, names, "x.csv").ValueOrDie();
  ReportRows rows;
  const auto bad = ReadReportRows(columns, Cells(names, cells), &rows);
  EXPECT_FALSE(bad) << bad->what;
  DayBuffer buffer(&columns);
  for (int64_t row = 0; row < rows.rows; ++row) {
    EXPECT_FALSE(rows.anomalous[row]);
    EXPECT_TRUE(buffer.Append(rows, row).ok());
  }
  return buffer.Finish().ValueOrDie();
}

// "null" for null.
inline std::vector<std::string> Texts(const arrow::RecordBatch& batch, const std::string& name) {
  std::vector<std::string> texts;
  const auto column = batch.GetColumnByName(name);
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    auto cell = column->GetScalar(row).ValueOrDie();
    if (cell->type->id() == arrow::Type::DICTIONARY)
      cell = static_cast<const arrow::DictionaryScalar&>(*cell).GetEncodedValue().ValueOrDie();
    texts.push_back(cell->is_valid ? cell->CastTo(arrow::utf8()).ValueOrDie()->ToString() : "null");
  }
  return texts;
}

}  // namespace costream
