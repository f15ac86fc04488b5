#include "decode/arrow_decoder.h"

#include <atomic>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/utf8.h"
#include "decode/numbers.h"
#include "model/labels.h"

namespace costream {
namespace {

constexpr uint32_t kDictionaryEntries = 1u << 17;  // a dictionary past either limit is replaced by a new one
constexpr int64_t kDictionaryBytes = int64_t{4} << 20;

bool IsLabels(TextField field) {
  return field == TextField::kPodLabels || field == TextField::kVolumeLabels ||
         field == TextField::kClaimLabels || field == TextField::kNodeLabels ||
         field == TextField::kNamespaceLabels;
}

// Label texts stay as they are here (their parser cleans keys and values); this tells whether they count as
// repaired.
bool LabelsNeedRepair(std::string_view text) {
  if (!IsCleanUtf8(text)) return true;
  if (text.find("\\u") == std::string_view::npos) return false;
  const auto parsed = ParseLabels(text, LabelFilter());
  return parsed.ok() && parsed->repaired;
}

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

// One text column: its dictionary, and the codes of the Arrow dictionary seen last.
class ArrowDecoder::TextReader {
 public:
  explicit TextReader(bool labels) : labels_(labels) {}

  void Read(const arrow::Array* array, int64_t rows, std::vector<uint32_t>* codes,
            std::shared_ptr<const TextDictionary>* dictionary) {
    if (!dictionary_ || dictionary_->pool.size() > kDictionaryEntries ||
        dictionary_->pool.bytes() > kDictionaryBytes) {
      static std::atomic<uint64_t> generations{0};
      dictionary_ = std::make_shared<TextDictionary>();
      dictionary_->generation = ++generations;
      dictionary_->repaired.assign(1, false);
      arrow_dictionary_ = nullptr;
    }
    codes->assign(rows, StringPool::kNull);
    if (array && array->type_id() == arrow::Type::DICTIONARY) {
      ReadDictionary(static_cast<const arrow::DictionaryArray&>(*array), codes);
    } else if (array && array->type_id() != arrow::Type::NA) {
      for (int64_t i = 0; i < rows; ++i) {
        if (!array->IsNull(i)) (*codes)[i] = Intern(TextAt(*array, i));
      }
    }
    *dictionary = dictionary_;
  }

 private:
  void ReadDictionary(const arrow::DictionaryArray& array, std::vector<uint32_t>* codes) {
    if (array.dictionary() != arrow_dictionary_) {
      arrow_dictionary_ = array.dictionary();
      code_of_.assign(arrow_dictionary_->length(), kUnmapped);
    }
    for (int64_t i = 0; i < array.length(); ++i) {
      if (array.IsNull(i)) continue;
      uint32_t& code = code_of_[array.GetValueIndex(i)];
      if (code == kUnmapped) {
        const int64_t at = array.GetValueIndex(i);
        code = arrow_dictionary_->IsNull(at) ? StringPool::kNull : Intern(TextAt(*arrow_dictionary_, at));
      }
      (*codes)[i] = code;
    }
  }

  uint32_t Intern(std::string_view text) {
    const bool clean = labels_ ? !LabelsNeedRepair(text) : IsCleanUtf8(text);
    const uint32_t code = dictionary_->pool.Intern(clean || labels_ ? text : CleanUtf8(text));
    if (code >= dictionary_->repaired.size()) dictionary_->repaired.resize(code + 1, false);
    if (!clean) {
      dictionary_->repaired[code] = true;
      dictionary_->any_repaired = true;
    }
    return code;
  }

  static constexpr uint32_t kUnmapped = std::numeric_limits<uint32_t>::max();
  const bool labels_;
  std::shared_ptr<TextDictionary> dictionary_;
  std::shared_ptr<arrow::Array> arrow_dictionary_;
  std::vector<uint32_t> code_of_;
};

ArrowDecoder::ArrowDecoder(ReportKind kind, Granularity granularity, DecodeOptions options, std::string file,
                           std::function<std::string(int64_t)> where)
    : kind_(kind),
      granularity_(granularity),
      options_(options),
      file_(std::move(file)),
      where_(std::move(where)) {
  for (const TextColumnSpec& column : SpecOf(kind_).text) {
    if (options_.columns.Has(column.field)) {
      text_readers_[static_cast<size_t>(column.field)] = std::make_unique<TextReader>(IsLabels(column.field));
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
    const int index = schema.GetFieldIndex(std::string(name));
    if (index < 0 && schema.GetAllFieldIndices(std::string(name)).size() > 1) {
      return InputError("{}: column '{}' occurs more than once", file_, name);
    }
    if (index < 0) {
      if (!required) return arrow::Status::OK();
      return InputError("{}: required column '{}' of the {} report is missing; the file has: {}", file_, name,
                        spec.name, fmt::format("{}", fmt::join(schema.field_names(), ", ")));
    }
    const auto& type = *schema.field(index)->type();
    if (needed && !fits(type)) {
      return InputError("{}: column '{}' has type {}, which cannot be read as {}", file_, name,
                        type.ToString(), expected);
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
  return InputError("{}: column '{}': {}", where_(row), column, what);
}

arrow::Status ArrowDecoder::DecodeTime(const arrow::RecordBatch& input, int64_t first_row,
                                       UsageBatch* batch) {
  const auto column = input.GetColumnByName(std::string(kIntervalStart));
  if (!column) return InputError("{}: required column '{}' is missing", file_, kIntervalStart);
  if (const auto error = ReadTimes(*column, &batch->time_micros)) {
    return RowError(first_row + error->row, kIntervalStart, error->what);
  }
  for (size_t i = 0; i < keep_.size(); ++i) {
    const Day day = DayOfMicros(batch->time_micros[i]);
    keep_[i] = day >= options_.first_day && day <= options_.last_day;
    counts_.rows_outside += !keep_[i];
  }
  return arrow::Status::OK();
}

arrow::Status ArrowDecoder::DecodeMeasures(const arrow::RecordBatch& input, int64_t first_row,
                                           UsageBatch* batch) {
  std::vector<uint8_t> valid;
  for (const MeasureColumnSpec& spec : SpecOf(kind_).measures) {
    auto& values = batch->measures[static_cast<size_t>(spec.measure)];
    values.clear();
    if (!options_.columns.Has(spec.measure)) continue;
    const auto column = input.GetColumnByName(std::string(spec.name));
    if (!column) {
      values.assign(keep_.size(), std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    if (const auto error = ReadNumbers(*column, &values, &valid)) {
      return RowError(first_row + error->row, spec.name, error->what);
    }
    const bool daily = granularity_ == Granularity::kDaily;
    const double largest =
        daily || !spec.anomaly_checked ? std::numeric_limits<double>::max() : kLargestHourlyValue;
    const bool drops = daily || spec.anomaly_checked;
    for (size_t i = 0; i < values.size(); ++i) {
      if (values[i] <= largest && values[i] >= std::numeric_limits<double>::lowest()) [[likely]] {
        values[i] += 0.0;  // -0 and 0 are one value
      } else {
        anomalous_[i] |= valid[i] && drops;
        values[i] = std::numeric_limits<double>::quiet_NaN();
      }
    }
  }
  return arrow::Status::OK();
}

arrow::Status ArrowDecoder::DecodeText(const arrow::RecordBatch& input, UsageBatch* batch) {
  std::vector<uint8_t> repaired;
  for (const TextColumnSpec& spec : SpecOf(kind_).text) {
    const auto slot = static_cast<size_t>(spec.field);
    batch->codes[slot].clear();
    if (!options_.columns.Has(spec.field)) continue;
    const auto column = input.GetColumnByName(std::string(spec.name));
    text_readers_[slot]->Read(column.get(), input.num_rows(), &batch->codes[slot],
                              &batch->dictionaries[slot]);
    if (batch->dictionaries[slot]->any_repaired) {
      repaired.resize(keep_.size());
      for (size_t i = 0; i < keep_.size(); ++i) {
        repaired[i] |= keep_[i] && batch->dictionaries[slot]->repaired[batch->codes[slot][i]];
      }
    }
  }
  for (const uint8_t row : repaired) counts_.rows_repaired += row;
  return arrow::Status::OK();
}

void ArrowDecoder::DropRows(UsageBatch* batch) {
  bool all = true;
  for (size_t i = 0; i < keep_.size(); ++i) {
    if (keep_[i] && anomalous_[i]) {
      ++counts_.rows_anomalous;
      keep_[i] = 0;
    }
    all &= keep_[i] != 0;
  }
  if (all) return;
  Compact(keep_, &batch->time_micros);
  Compact(keep_, &batch->source_row);
  for (auto& codes : batch->codes) Compact(keep_, &codes);
  for (auto& values : batch->measures) Compact(keep_, &values);
  batch->rows = static_cast<int64_t>(batch->time_micros.size());
}

arrow::Status ArrowDecoder::Decode(const arrow::RecordBatch& input, int64_t first_row, UsageBatch* batch) {
  batch->kind = kind_;
  batch->granularity = granularity_;
  batch->columns = options_.columns;
  batch->rows = input.num_rows();
  counts_.rows_read += batch->rows;
  keep_.assign(batch->rows, 1);
  anomalous_.assign(batch->rows, 0);
  batch->source_row.resize(batch->rows);
  for (int64_t i = 0; i < batch->rows; ++i) batch->source_row[i] = first_row + i;
  ARROW_RETURN_NOT_OK(DecodeTime(input, first_row, batch));
  ARROW_RETURN_NOT_OK(DecodeMeasures(input, first_row, batch));
  ARROW_RETURN_NOT_OK(DecodeText(input, batch));
  DropRows(batch);
  return arrow::Status::OK();
}

}  // namespace costream
