#include "convert/report_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/error.h"
#include "base/utf8.h"
#include "decode/numbers.h"

namespace costream {
namespace {

using Type = ReportColumns::Column::Type;

constexpr std::string_view kTimes[] = {"report_period_start", "report_period_end", kIntervalStart,
                                       "interval_end"};

ReportColumns::Column ColumnOf(const ReportSpec& spec, const std::string& name) {
  if (std::ranges::find(kTimes, name) != std::end(kTimes)) return {name, Type::kTime};
  for (const MeasureColumnSpec& measure : spec.measures) {
    if (measure.name == name) return {name, Type::kMeasure, measure.anomaly_checked};
  }
  return {name, Type::kText};
}

std::shared_ptr<arrow::DataType> TypeOf(Type type) {
  if (type == Type::kTime) return arrow::timestamp(arrow::TimeUnit::MICRO);
  if (type == Type::kMeasure) return arrow::float64();
  return arrow::dictionary(arrow::int32(), arrow::utf8());
}

void ReadMeasure(bool anomaly_checked, std::vector<double>* values, std::vector<uint8_t>* anomalous) {
  for (size_t i = 0; i < values->size(); ++i) {
    double& value = (*values)[i];
    const double size = std::fabs(value);
    if (std::isnan(value) || (std::isfinite(value) && (!anomaly_checked || size <= kLargestHourlyValue)))
      continue;
    (*anomalous)[i] |= anomaly_checked;
    value = std::numeric_limits<double>::quiet_NaN();
  }
}

}  // namespace

std::shared_ptr<arrow::Schema> ReportColumns::Schema() const {
  arrow::FieldVector fields;
  for (const Column& column : columns) fields.push_back(arrow::field(column.name, TypeOf(column.type)));
  return arrow::schema(fields);
}

std::vector<std::string> ReportColumns::Measures() const {
  std::vector<std::string> names;
  for (const Column& column : columns) {
    if (column.type == Type::kMeasure) names.push_back(column.name);
  }
  return names;
}

arrow::Result<ReportColumns> ReportColumnsOf(ReportKind kind, const std::vector<std::string>& header,
                                             const std::string& file) {
  const ReportSpec& spec = SpecOf(kind);
  ReportColumns columns;
  columns.kind = kind;
  std::set<std::string> names;
  for (const std::string& name : header) {
    if (!names.insert(name).second) return InputError("{}: column '{}' occurs more than once", file, name);
    if (name == kIntervalStart) columns.interval_start = columns.columns.size();
    columns.columns.push_back(ColumnOf(spec, name));
  }
  const auto require = [&](std::string_view name) -> arrow::Status {
    if (names.contains(std::string(name))) return arrow::Status::OK();
    return InputError("{}: required column '{}' of the {} report is missing; the file has: {}", file, name,
                      spec.name, fmt::format("{}", fmt::join(header, ", ")));
  };
  ARROW_RETURN_NOT_OK(require(kIntervalStart));
  for (const auto& column : spec.text) {
    if (column.required) ARROW_RETURN_NOT_OK(require(column.name));
  }
  for (const auto& column : spec.measures) {
    if (column.required) ARROW_RETURN_NOT_OK(require(column.name));
  }
  return columns;
}

std::optional<BadCell> ReadReportRows(const ReportColumns& columns,
                                      const std::shared_ptr<arrow::RecordBatch>& cells, ReportRows* rows) {
  const size_t count = columns.columns.size();
  *rows = {};
  rows->rows = cells->num_rows();
  rows->cells = cells;
  rows->times.resize(count);
  rows->measures.resize(count);
  rows->texts.resize(count);
  rows->anomalous.resize(rows->rows);
  std::vector<uint8_t> repaired(rows->rows);
  for (size_t i = 0; i < count; ++i) {
    const ReportColumns::Column& column = columns.columns[i];
    const auto& cell = static_cast<const arrow::BinaryArray&>(*cells->column(static_cast<int>(i)));
    if (i == columns.interval_start) {
      if (const auto error = ReadTimes(cell, &rows->times[i])) {
        return BadCell{error->row, fmt::format("column '{}': {}", column.name, error->what)};
      }
    } else if (column.type == Type::kTime) {  // nobody counts by them: what is no time is null
      for (int64_t row = 0; row < rows->rows; ++row) {
        rows->times[i].push_back(ParseTimestamp(cell.GetView(row)).value_or(kNoTime));
      }
    } else if (column.type == Type::kMeasure) {
      if (const auto error = ReadNumbers(cell, &rows->measures[i])) {
        return BadCell{error->row, fmt::format("column '{}': {}", column.name, error->what)};
      }
      ReadMeasure(column.anomaly_checked, &rows->measures[i], &rows->anomalous);
    } else {
      for (int64_t row = 0; row < rows->rows; ++row) {
        std::string_view text = cell.GetView(row);
        if (!IsCleanUtf8(text)) {
          text = *rows->repaired.emplace_back(std::make_unique<std::string>(CleanUtf8(text)));
          repaired[row] = 1;
        }
        rows->texts[i].push_back(text);
      }
    }
  }
  for (const uint8_t row : repaired) rows->rows_repaired += row;
  return std::nullopt;
}

DayBuffer::DayBuffer(const ReportColumns* columns) : columns_(*columns) { Renew(); }

void DayBuffer::Renew() {
  builders_.clear();
  rows_ = 0;
  for (const auto& column : columns_.columns) {
    if (column.type == Type::kTime) {
      builders_.push_back(
          std::make_unique<arrow::TimestampBuilder>(TypeOf(column.type), arrow::default_memory_pool()));
    } else if (column.type == Type::kMeasure) {
      builders_.push_back(std::make_unique<arrow::DoubleBuilder>());
    } else {
      builders_.push_back(std::make_unique<arrow::StringDictionary32Builder>());
    }
  }
}

arrow::Status DayBuffer::Append(const ReportRows& rows, int64_t row) {
  for (size_t i = 0; i < builders_.size(); ++i) {
    arrow::ArrayBuilder* builder = builders_[i].get();
    switch (columns_.columns[i].type) {
      case Type::kTime: {
        const int64_t time = rows.times[i][row];
        ARROW_RETURN_NOT_OK(time == kNoTime ? builder->AppendNull()
                                            : static_cast<arrow::TimestampBuilder*>(builder)->Append(time));
        break;
      }
      case Type::kMeasure: {
        const double value = rows.measures[i][row];
        ARROW_RETURN_NOT_OK(std::isnan(value) ? builder->AppendNull()
                                              : static_cast<arrow::DoubleBuilder*>(builder)->Append(value));
        break;
      }
      case Type::kText:
        ARROW_RETURN_NOT_OK(
            static_cast<arrow::StringDictionary32Builder*>(builder)->Append(rows.texts[i][row]));
    }
  }
  ++rows_;
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> DayBuffer::Finish() {
  arrow::ArrayVector arrays;
  for (const auto& builder : builders_) ARROW_RETURN_NOT_OK(builder->Finish(&arrays.emplace_back()));
  const int64_t rows = rows_;
  Renew();
  return arrow::RecordBatch::Make(columns_.Schema(), rows, std::move(arrays));
}

}  // namespace costream
