#include "decode/arrow_decoder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/units.h"
#include "decode/numbers.h"

namespace costream {
namespace {

template <typename T>
void Compact(const std::vector<uint8_t>& keep, std::vector<T>* values) {
  if (values->empty()) return;
  size_t to = 0;
  for (size_t i = 0; i < keep.size(); ++i) {
    if (keep[i]) (*values)[to++] = (*values)[i];
  }
  values->resize(to);
}

}  // namespace

DecodeCounts& DecodeCounts::operator+=(const DecodeCounts& other) {
  rows_read += other.rows_read;
  rows_outside += other.rows_outside;
  rows_anomalous += other.rows_anomalous;
  rows_repaired += other.rows_repaired;
  bytes_read += other.bytes_read;
  return *this;
}

ArrowDecoder::ArrowDecoder(ReportKind kind, Granularity granularity, DecodeOptions options, std::string file,
                           std::function<ErrorPlace(int64_t)> where)
    : kind_(kind),
      granularity_(granularity),
      options_(options),
      file_(std::move(file)),
      where_(std::move(where)),
      has_unwanted_days_(std::ranges::any_of(options_.columns_of_day, &ColumnSet::Empty)) {
  for (const TextColumnSpec& column : SpecOf(kind_).text) {
    if (options_.columns.Has(column.field)) {
      text_columns_[static_cast<size_t>(column.field)] = std::make_unique<TextColumn>(column.field);
    }
  }
}

ArrowDecoder::~ArrowDecoder() = default;

std::vector<std::string> ArrowDecoder::NeededColumns(ReportKind kind, const ColumnSet& columns) {
  std::vector<std::string> names = {std::string(kIntervalStart)};
  for (const auto& column : SpecOf(kind).text) {
    if (columns.Has(column.field)) names.emplace_back(column.name);
  }
  for (const auto& column : SpecOf(kind).measures) {
    if (columns.Has(column.measure)) names.emplace_back(column.name);
  }
  return names;
}

arrow::Status ArrowDecoder::CheckSchema(const arrow::Schema& schema) const {
  const ReportSpec& spec = SpecOf(kind_);
  const auto check = [&](std::string_view name, bool required, bool needed, auto fits,
                         std::string_view expected) -> arrow::Status {
    const auto place = ErrorPlace(file_).WithColumn(name);
    const int index = schema.GetFieldIndex(std::string(name));
    if (index < 0 && schema.GetAllFieldIndices(std::string(name)).size() > 1) {
      return SetPlace(InputError("{}: column '{}' occurs more than once", file_, name), place);
    }
    if (index < 0) {
      if (!required) return arrow::Status::OK();
      return SetPlace(
          InputError("{}: required column '{}' of the {} report is missing; the file has: {}", file_, name,
                     spec.name, fmt::format("{}", fmt::join(schema.field_names(), ", "))),
          place);
    }
    const auto& type = *schema.field(index)->type();
    if (needed && !fits(type)) {
      return SetPlace(InputError("{}: column '{}' has type {}, which cannot be read as {}", file_, name,
                                 type.ToString(), expected),
                      place);
    }
    return arrow::Status::OK();
  };
  ARROW_RETURN_NOT_OK(check(kIntervalStart, true, true, IsTimeType, "a timestamp"));
  for (const auto& column : spec.text) {
    ARROW_RETURN_NOT_OK(
        check(column.name, column.required, options_.columns.Has(column.field), IsTextType, "text"));
  }
  for (const auto& column : spec.measures) {
    ARROW_RETURN_NOT_OK(
        check(column.name, column.required, options_.columns.Has(column.measure), IsNumberType, "a number"));
  }
  return arrow::Status::OK();
}

arrow::Status ArrowDecoder::RowError(int64_t row, std::string_view column, const std::string& what) const {
  return InputErrorAt(where_(row).WithColumn(column), "{}", what);
}

arrow::Status ArrowDecoder::Decode(const arrow::RecordBatch& input, int64_t first_row, UsageBatch* batch) {
  Begin(input.num_rows(), first_row, batch);
  ARROW_RETURN_NOT_OK(ReadColumns(input, batch));
  if (!input.schema()->GetFieldByName(std::string(kIntervalStart))) {
    return SetPlace(InputError("{}: required column '{}' is missing", file_, kIntervalStart),
                    ErrorPlace(file_).WithColumn(kIntervalStart));
  }
  Finish(batch);
  return arrow::Status::OK();
}

void ArrowDecoder::Begin(int64_t rows, int64_t first_row, UsageBatch* batch) {
  batch->kind = kind_;
  batch->granularity = granularity_;
  batch->columns = options_.columns;
  batch->rows = rows;
  batch->first_source_row = first_row;
  batch->source_row.clear();
  filled_ = {};
  counts_.rows_read += rows;
}

arrow::Status ArrowDecoder::ReadColumns(const arrow::RecordBatch& input, UsageBatch* batch) {
  if (const auto times = input.GetColumnByName(std::string(kIntervalStart))) {
    if (const auto error = ReadTimes(*times, &batch->time_micros)) {
      return RowError(batch->first_source_row + error->row, kIntervalStart, error->what);
    }
  }
  for (const MeasureColumnSpec& spec : SpecOf(kind_).measures) {
    const auto column =
        options_.columns.Has(spec.measure) ? input.GetColumnByName(std::string(spec.name)) : nullptr;
    if (!column) continue;
    filled_.Add(spec.measure);
    if (const auto error = ReadNumbers(*column, &batch->measures[static_cast<size_t>(spec.measure)])) {
      return RowError(batch->first_source_row + error->row, spec.name, error->what);
    }
  }
  for (const TextColumnSpec& spec : SpecOf(kind_).text) {
    const auto column =
        options_.columns.Has(spec.field) ? input.GetColumnByName(std::string(spec.name)) : nullptr;
    if (column) ReadText(*column, spec.field, batch);
  }
  return arrow::Status::OK();
}

void ArrowDecoder::ReadText(const arrow::Array& array, TextField field, UsageBatch* batch) {
  TextColumn& column = TextOf(field);
  auto& codes = batch->codes[static_cast<size_t>(field)];
  filled_.Add(field);
  column.Renew();
  codes.assign(array.length(), StringPool::kNull);
  if (array.type_id() == arrow::Type::DICTIONARY) {
    const auto& encoded = static_cast<const arrow::DictionaryArray&>(array);
    const arrow::Array& dictionary = *encoded.dictionary();
    KnownCodes& known = known_codes_[static_cast<size_t>(field)];
    if (known.of != array.data()->dictionary || known.generation != column.dictionary()->generation) {
      known = {array.data()->dictionary, column.dictionary()->generation,
               std::vector<uint32_t>(dictionary.length())};
    }
    std::vector<uint32_t>& code_of = known.codes;
    const auto index_at = [&](int64_t i) -> int64_t {
      const int64_t index = encoded.IsNull(i) ? -1 : encoded.GetValueIndex(i);
      return index < 0 || dictionary.IsNull(index) ? -1 : index;
    };
    // Texts not met before are looked up together.
    constexpr uint32_t kAsked = ~uint32_t{0};
    texts_.clear();
    asked_.clear();
    for (int64_t i = 0; i < array.length(); ++i) {
      const int64_t index = index_at(i);
      if (index < 0 || code_of[index] != StringPool::kNull) continue;
      code_of[index] = kAsked;
      texts_.push_back(TextAt(dictionary, index));
      asked_.push_back(index);
    }
    found_.resize(texts_.size());
    column.InternAll(texts_, found_.data());
    for (size_t i = 0; i < asked_.size(); ++i) code_of[asked_[i]] = found_[i];
    for (int64_t i = 0; i < array.length(); ++i) {
      const int64_t index = index_at(i);
      if (index >= 0) codes[i] = code_of[index];
    }
  } else if (array.type_id() != arrow::Type::NA) {
    texts_.clear();
    for (int64_t i = 0; i < array.length(); ++i) {
      if (!array.IsNull(i)) texts_.push_back(TextAt(array, i));
    }
    column.InternAll(texts_, codes.data());
    size_t from = texts_.size();
    for (int64_t i = array.length() - 1; from < static_cast<size_t>(i + 1); --i) {
      codes[i] = array.IsNull(i) ? StringPool::kNull : codes[--from];
    }
  }
  batch->dictionaries[static_cast<size_t>(field)] = column.dictionary();
}

void ArrowDecoder::Finish(UsageBatch* batch) {
  keep_.clear();
  anomalous_.clear();
  MarkOtherDays(*batch);
  DropUnwantedDays(*batch);
  const auto rows = static_cast<size_t>(batch->rows);
  for (const MeasureColumnSpec& spec : SpecOf(kind_).measures) {
    if (!options_.columns.Has(spec.measure)) continue;
    auto& values = batch->measures[static_cast<size_t>(spec.measure)];
    if (filled_.Has(spec.measure)) {
      MarkAnomalies(spec, batch->time_micros, &values);
    } else {
      values.assign(rows, std::numeric_limits<double>::quiet_NaN());
    }
  }
  for (const TextColumnSpec& spec : SpecOf(kind_).text) {
    if (!options_.columns.Has(spec.field)) continue;
    auto& codes = batch->codes[static_cast<size_t>(spec.field)];
    if (filled_.Has(spec.field)) continue;
    codes.assign(rows, StringPool::kNull);
    batch->dictionaries[static_cast<size_t>(spec.field)] = TextOf(spec.field).dictionary();
  }
  CountRepaired(*batch);
  DropRows(batch);
}

void ArrowDecoder::MarkOtherDays(const UsageBatch& batch) {
  const int64_t begin = options_.first_day * kMicrosPerDay;
  const int64_t end = (int64_t{options_.last_day} + 1) * kMicrosPerDay;
  int outside = 0;
  for (const int64_t time : batch.time_micros) outside |= (time < begin) | (time >= end);
  if (outside == 0) return;
  keep_.resize(batch.rows);
  for (int64_t i = 0; i < batch.rows; ++i) {
    keep_[i] = batch.time_micros[i] >= begin && batch.time_micros[i] < end;
    counts_.rows_outside += !keep_[i];
  }
}

// Rows of days that no column is needed for.
void ArrowDecoder::DropUnwantedDays(const UsageBatch& batch) {
  if (!has_unwanted_days_) return;
  keep_.resize(batch.rows, 1);
  for (int64_t i = 0; i < batch.rows; ++i) {
    keep_[i] = keep_[i] && !options_.ColumnsOn(DayOfMicros(batch.time_micros[i])).Empty();
  }
}

void ArrowDecoder::MarkAnomalies(const MeasureColumnSpec& spec, const std::vector<int64_t>& time_micros,
                                 std::vector<double>* values) {
  const bool daily = granularity_ == Granularity::kDaily;
  const bool limited = !daily && spec.anomaly_checked;
  const double largest = limited ? kLargestHourlyValue : std::numeric_limits<double>::max();
  const double lowest = std::numeric_limits<double>::lowest();
  // As bits without their sign, doubles compare like integers, infinity and NaN last. Differences let the
  // loop run on vectors.
  constexpr int64_t kNoSign = std::numeric_limits<int64_t>::max();
  const auto limit = std::bit_cast<int64_t>(largest);
  int64_t differences = 0;
  for (const double value : *values) differences |= limit - (std::bit_cast<int64_t>(value) & kNoSign);
  if (differences >= 0) return;
  const bool drops = daily || spec.anomaly_checked;
  for (size_t i = 0; i < values->size(); ++i) {
    double& value = (*values)[i];
    if (std::isnan(value) || (value <= largest && value >= lowest)) continue;
    value = std::numeric_limits<double>::quiet_NaN();
    if (!drops || !options_.ColumnsOn(DayOfMicros(time_micros[i])).Has(spec.measure)) continue;
    anomalous_.resize(values->size());
    anomalous_[i] = 1;
  }
}

void ArrowDecoder::CountRepaired(const UsageBatch& batch) {
  std::vector<uint8_t> rows;
  for (const TextColumnSpec& spec : SpecOf(kind_).text) {
    if (!options_.columns.Has(spec.field)) continue;
    const TextDictionary& dictionary = batch.DictionaryOf(spec.field);
    if (dictionary.repaired.empty()) continue;
    rows.resize(batch.rows);
    for (int64_t i = 0; i < batch.rows; ++i) {
      const uint32_t code = batch.CodesOf(spec.field)[i];
      rows[i] |=
          (keep_.empty() || keep_[i]) && code < dictionary.repaired.size() && dictionary.repaired[code];
    }
  }
  for (const uint8_t row : rows) counts_.rows_repaired += row;
}

void ArrowDecoder::DropRows(UsageBatch* batch) {
  if (keep_.empty() && anomalous_.empty()) return;
  keep_.resize(batch->rows, 1);
  for (size_t i = 0; i < anomalous_.size(); ++i) {
    counts_.rows_anomalous += keep_[i] && anomalous_[i];
    keep_[i] &= !anomalous_[i];
  }
  batch->source_row.resize(batch->rows);
  for (int64_t i = 0; i < batch->rows; ++i) batch->source_row[i] = batch->first_source_row + i;
  Compact(keep_, &batch->time_micros);
  Compact(keep_, &batch->source_row);
  for (auto& codes : batch->codes) Compact(keep_, &codes);
  for (auto& values : batch->measures) Compact(keep_, &values);
  batch->rows = static_cast<int64_t>(batch->time_micros.size());
}

}  // namespace costream
