#include "generate/report_tables.h"

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <atomic>
#include <utility>

namespace costream {
namespace {

using enum ColumnKind;

TableSpec WithTimes(TableSpec rest) {
  TableSpec spec = {{"report_period_start", kTime},
                    {"report_period_end", kTime},
                    {"interval_start", kTime},
                    {"interval_end", kTime}};
  spec.insert(spec.end(), rest.begin(), rest.end());
  return spec;
}

// Batches are numbered across all buffers, so that a code is never taken for another table's.
uint64_t NextBatch() {
  static std::atomic<uint64_t> last = 0;
  return ++last;
}

std::shared_ptr<arrow::Array> Strings(int64_t count, auto text_at) {
  std::vector<int32_t> offsets = {0};
  offsets.reserve(static_cast<size_t>(count) + 1);
  std::string data;
  for (int64_t i = 0; i < count; ++i) {
    data.append(text_at(i));
    offsets.push_back(static_cast<int32_t>(data.size()));
  }
  return std::make_shared<arrow::StringArray>(count, arrow::Buffer::FromVector(std::move(offsets)),
                                              arrow::Buffer::FromString(std::move(data)));
}

// Hands the values over to a buffer; the next batch will likely be as long.
template <typename T>
std::shared_ptr<arrow::Buffer> Take(std::vector<T>& values) {
  const size_t size = values.size();
  auto buffer = arrow::Buffer::FromVector(std::move(values));
  values = {};
  values.reserve(size);
  return buffer;
}

}  // namespace

TableSpec PodUsage() {
  return WithTimes({{"node", kText},
                    {"namespace", kText},
                    {"pod", kText},
                    {"pod_uid", kText},
                    {"pod_phase", kText},
                    {"workload", kText},
                    {"workload_type", kText},
                    {"qos_class", kText},
                    {"priority_class", kText},
                    {"cluster_id", kText},
                    {"pod_usage_cpu_core_seconds", kMeasure},
                    {"pod_request_cpu_core_seconds", kNumber},
                    {"pod_limit_cpu_core_seconds", kNumber},
                    {"pod_usage_memory_byte_seconds", kMeasure},
                    {"pod_request_memory_byte_seconds", kNumber},
                    {"pod_limit_memory_byte_seconds", kNumber},
                    {"node_capacity_cpu_cores", kNumber},
                    {"node_capacity_cpu_core_seconds", kNumber},
                    {"node_capacity_memory_bytes", kNumber},
                    {"node_capacity_memory_byte_seconds", kNumber},
                    {"container_count", kCount},
                    {"pod_restarts", kCount},
                    {"pod_network_receive_bytes", kMeasure},
                    {"node_role", kText},
                    {"resource_id", kText},
                    {"pod_labels", kText}});
}

TableSpec DailyPodUsage() {
  TableSpec spec = PodUsage();
  spec.push_back({"pod_effective_usage_cpu_core_seconds", kMeasure});
  spec.push_back({"pod_effective_usage_memory_byte_seconds", kMeasure});
  return spec;
}

TableSpec StorageUsage() {
  return WithTimes({{"namespace", kText},
                    {"pod", kText},
                    {"node", kText},
                    {"persistentvolumeclaim", kText},
                    {"persistentvolume", kText},
                    {"storageclass", kText},
                    {"csi_driver", kText},
                    {"csi_volume_handle", kText},
                    {"persistentvolumeclaim_capacity_bytes", kNumber},
                    {"persistentvolumeclaim_capacity_byte_seconds", kNumber},
                    {"volume_request_storage_byte_seconds", kNumber},
                    {"persistentvolumeclaim_usage_byte_seconds", kMeasure},
                    {"persistentvolume_labels", kText},
                    {"persistentvolumeclaim_labels", kText}});
}

TableSpec ObjectLabels(const std::string& object) {
  return WithTimes({{object, kText}, {object + "_labels", kText}});
}

void AddHour(const std::array<bool, kMaxNumbers>& summed, int hour, const Numbers& numbers, RowState& state) {
  for (size_t i = 0; i < kMaxNumbers; ++i) {
    if (state.hours == 0) {
      state.day[i] = numbers[i];
    } else {
      state.day[i] = summed[i] ? state.day[i] + numbers[i] : std::max(state.day[i], numbers[i]);
    }
  }
  ++state.hours;
  state.last_hour = hour;
}

std::array<bool, kMaxNumbers> SummedNumbers(const TableSpec& spec) {
  std::array<bool, kMaxNumbers> summed{};
  size_t number = 0;
  for (const ColumnSpec& column : spec) {
    if (column.kind != kTime && column.kind != kText) summed[number++] = column.name.ends_with("_seconds");
  }
  return summed;
}

RowBuffer::RowBuffer(TableSpec spec, const std::string& plain_column)
    : spec_(std::move(spec)), plain_column_(plain_column), batch_(NextBatch()) {
  arrow::FieldVector fields;
  for (const ColumnSpec& column : spec_) {
    std::shared_ptr<arrow::DataType> type = arrow::float64();
    if (column.kind == kTime) {
      type = arrow::timestamp(arrow::TimeUnit::MILLI);
      times_.emplace_back();
    } else if (column.kind == kText) {
      type = column.name == plain_column ? arrow::utf8() : arrow::dictionary(arrow::int32(), arrow::utf8());
      texts_.emplace_back();
    } else {
      if (column.kind == kCount) type = arrow::int64();
      numbers_.emplace_back();
    }
    fields.push_back(arrow::field(column.name, std::move(type)));
  }
  schema_ = arrow::schema(std::move(fields));
}

int32_t RowBuffer::TextColumn::Code(std::string_view text) {
  const auto found = code_of.find(text);
  if (found != code_of.end()) return found->second;
  const auto code = static_cast<int32_t>(values.size());
  code_of.emplace(values.emplace_back(text), code);
  return code;
}

std::shared_ptr<arrow::Array> RowBuffer::TextColumn::Finish(bool plain) {
  const auto rows = static_cast<int64_t>(codes.size());
  std::shared_ptr<arrow::Array> array;
  if (plain) {
    array = Strings(rows, [&](int64_t i) -> const std::string& { return values[codes[i]]; });
    codes.clear();
  } else {
    auto dictionary = Strings(static_cast<int64_t>(values.size()),
                              [&](int64_t i) -> const std::string& { return values[i]; });
    auto indices = std::make_shared<arrow::Int32Array>(rows, Take(codes));
    array = std::make_shared<arrow::DictionaryArray>(arrow::dictionary(arrow::int32(), arrow::utf8()),
                                                     std::move(indices), std::move(dictionary));
  }
  code_of.clear();
  values.clear();
  return array;
}

void RowBuffer::Encode(const Texts& texts, RowState& state) {
  for (size_t i = 0; i < texts_.size(); ++i) state.codes[i] = texts_[i].Code(texts[i]);
  state.batch = batch_;
}

void RowBuffer::Append(const Times& times, const RowState& state, const Numbers& numbers) {
  for (size_t i = 0; i < times_.size(); ++i) times_[i].push_back(times[i]);
  for (size_t i = 0; i < texts_.size(); ++i) texts_[i].codes.push_back(state.codes[i]);
  for (size_t i = 0; i < numbers_.size(); ++i) numbers_[i].push_back(numbers[i]);
  ++rows_;
}

std::shared_ptr<arrow::RecordBatch> RowBuffer::Finish() {
  arrow::ArrayVector arrays;
  size_t time = 0, text = 0, number = 0;
  for (const ColumnSpec& column : spec_) {
    if (column.kind == kTime) {
      arrays.push_back(std::make_shared<arrow::TimestampArray>(arrow::timestamp(arrow::TimeUnit::MILLI),
                                                               rows_, Take(times_[time++])));
    } else if (column.kind == kText) {
      arrays.push_back(texts_[text++].Finish(column.name == plain_column_));
    } else if (column.kind == kCount) {
      std::vector<double>& values = numbers_[number++];
      std::vector<int64_t> counts(values.begin(), values.end());
      values.clear();
      arrays.push_back(std::make_shared<arrow::Int64Array>(rows_, Take(counts)));
    } else {
      arrays.push_back(std::make_shared<arrow::DoubleArray>(rows_, Take(numbers_[number++])));
    }
  }
  auto batch = arrow::RecordBatch::Make(schema_, rows_, std::move(arrays));
  rows_ = 0;
  batch_ = NextBatch();
  return batch;
}

}  // namespace costream
