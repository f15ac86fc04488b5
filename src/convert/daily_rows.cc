#include "convert/daily_rows.h"

#include <arrow/array.h>
#include <arrow/builder.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/date.h"
#include "base/units.h"

namespace costream {
namespace {

constexpr std::string_view kPodKeys[] = {"namespace", "node", "pod", "pod_labels"};
constexpr std::string_view kStorageKeys[] = {"namespace",
                                             "node",
                                             "pod",
                                             "persistentvolumeclaim",
                                             "persistentvolume",
                                             "storageclass",
                                             "csi_driver",
                                             "csi_volume_handle",
                                             "persistentvolume_labels",
                                             "persistentvolumeclaim_labels"};
constexpr std::string_view kNodeKeys[] = {"node", "node_labels"};
constexpr std::string_view kNamespaceKeys[] = {"namespace", "namespace_labels"};

std::span<const std::string_view> KeysOf(ReportKind kind) {
  switch (kind) {
    case ReportKind::kPod:
      return kPodKeys;
    case ReportKind::kStorage:
      return kStorageKeys;
    case ReportKind::kNodeLabels:
      return kNodeKeys;
    case ReportKind::kNamespaceLabels:
      return kNamespaceKeys;
  }
  return {};
}

struct Effective {
  Measure effective, usage, request;
};
constexpr Effective kEffective[] = {
    {Measure::kEffectiveCpu, Measure::kUsageCpu, Measure::kRequestCpu},
    {Measure::kEffectiveMemory, Measure::kUsageMemory, Measure::kRequestMemory}};

// Doubles with null as NaN.
std::vector<double> ValuesOf(const arrow::RecordBatch& batch, std::string_view name) {
  std::vector<double> values(batch.num_rows(), std::numeric_limits<double>::quiet_NaN());
  const auto column = batch.GetColumnByName(std::string(name));
  if (!column) return values;
  const auto& array = static_cast<const arrow::DoubleArray&>(*column);
  for (int64_t i = 0; i < array.length(); ++i) {
    if (!array.IsNull(i)) values[i] = array.Value(i);
  }
  return values;
}

class Grouping {
 public:
  Grouping(ReportKind kind, const arrow::RecordBatch& hourly) : kind_(kind), hourly_(hourly) { Group(); }

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Rows() const {
    const auto schema = DailySchema(kind_, *hourly_.schema());
    arrow::ArrayVector columns;
    for (const auto& field : schema->fields()) {
      ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), Column(*field));
    }
    return arrow::RecordBatch::Make(schema, groups_, std::move(columns));
  }

 private:
  void Group() {
    std::vector<const int32_t*> codes;
    for (const std::string_view key : KeysOf(kind_)) {
      const auto column = hourly_.GetColumnByName(std::string(key));
      if (!column) continue;
      const auto& indices = *static_cast<const arrow::DictionaryArray&>(*column).indices();
      codes.push_back(static_cast<const arrow::Int32Array&>(indices).raw_values());
    }
    std::unordered_map<std::string, int64_t> group_of_key;
    std::string key;
    for (int64_t row = 0; row < hourly_.num_rows(); ++row) {
      key.clear();
      for (const int32_t* code : codes)
        key.append(reinterpret_cast<const char*>(code + row), sizeof(int32_t));
      const auto [at, is_new] = group_of_key.try_emplace(key, groups_);
      groups_ += is_new;
      group_of_.push_back(at->second);
    }
  }

  arrow::Result<std::shared_ptr<arrow::Array>> Column(const arrow::Field& field) const {
    const auto column = hourly_.GetColumnByName(field.name());
    if (field.type()->id() == arrow::Type::DOUBLE) return Measures(field.name());
    if (field.type()->id() == arrow::Type::TIMESTAMP) {
      return Times(static_cast<const arrow::TimestampArray&>(*column), field.type(),
                   field.name() == kIntervalStart);
    }
    return Texts(static_cast<const arrow::DictionaryArray&>(*column));
  }

  arrow::Result<std::shared_ptr<arrow::Array>> Measures(const std::string& name) const {
    std::vector<double> values = ValuesOf(hourly_, name);
    for (const Effective& effective : kEffective) {
      if (name != NameOf(effective.effective)) continue;
      const auto usage = ValuesOf(hourly_, NameOf(effective.usage));
      const auto request = ValuesOf(hourly_, NameOf(effective.request));
      for (size_t i = 0; i < values.size(); ++i) {
        if (std::isnan(values[i]))
          values[i] = std::fmax(usage[i], request[i]);  // of null and a number the number
      }
    }
    const bool adds = name.ends_with("_seconds");
    std::vector<double> grouped(groups_, std::numeric_limits<double>::quiet_NaN());
    for (size_t i = 0; i < values.size(); ++i) {
      double& group = grouped[group_of_[i]];
      if (std::isnan(values[i])) continue;
      group = std::isnan(group) ? values[i] : adds ? group + values[i] : std::max(group, values[i]);
    }
    arrow::DoubleBuilder builder;
    for (const double value : grouped) {
      ARROW_RETURN_NOT_OK(std::isnan(value) ? builder.AppendNull() : builder.Append(value));
    }
    return builder.Finish();
  }

  arrow::Result<std::shared_ptr<arrow::Array>> Times(const arrow::TimestampArray& times,
                                                     const std::shared_ptr<arrow::DataType>& type,
                                                     bool midnight) const {
    std::vector<std::optional<int64_t>> latest(groups_);
    for (int64_t i = 0; i < times.length(); ++i) {
      if (times.IsNull(i)) continue;
      const int64_t time = midnight ? DayOfMicros(times.Value(i)) * kMicrosPerDay : times.Value(i);
      latest[group_of_[i]] = std::max(latest[group_of_[i]], std::optional(time));
    }
    arrow::TimestampBuilder builder(type, arrow::default_memory_pool());
    for (const auto& time : latest) ARROW_RETURN_NOT_OK(time ? builder.Append(*time) : builder.AppendNull());
    return builder.Finish();
  }

  arrow::Result<std::shared_ptr<arrow::Array>> Texts(const arrow::DictionaryArray& texts) const {
    const auto& dictionary = static_cast<const arrow::StringArray&>(*texts.dictionary());
    std::vector<int32_t> greatest(groups_, -1);
    for (int64_t i = 0; i < texts.length(); ++i) {
      const auto code = static_cast<int32_t>(texts.GetValueIndex(i));
      int32_t& group = greatest[group_of_[i]];
      if (group < 0 || (group != code && dictionary.GetView(group) < dictionary.GetView(code))) group = code;
    }
    arrow::Int32Builder indices;
    ARROW_RETURN_NOT_OK(indices.AppendValues(greatest));
    ARROW_ASSIGN_OR_RAISE(const auto array, indices.Finish());
    return arrow::DictionaryArray::FromArrays(texts.type(), array, texts.dictionary());
  }

  const ReportKind kind_;
  const arrow::RecordBatch& hourly_;
  int64_t groups_ = 0;
  std::vector<int64_t> group_of_;  // by row
};

}  // namespace

std::shared_ptr<arrow::Schema> DailySchema(ReportKind kind, const arrow::Schema& hourly) {
  arrow::FieldVector fields = hourly.fields();
  for (const Effective& effective : kEffective) {
    const std::string name(NameOf(effective.effective));
    if (kind == ReportKind::kPod && !hourly.GetFieldByName(name))
      fields.push_back(arrow::field(name, arrow::float64()));
  }
  return arrow::schema(fields, hourly.metadata());
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> DailyRows(ReportKind kind,
                                                             const arrow::RecordBatch& hourly) {
  return Grouping(kind, hourly).Rows();
}

}  // namespace costream
