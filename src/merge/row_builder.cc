#include "merge/row_builder.h"

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/scalar.h>
#include <arrow/util/bit_util.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/arrow_pool.h"

namespace costream {
namespace {

// What a sink writes at once: a row group of a Parquet file. Smaller ones cost time, larger ones memory.
constexpr int64_t kBatchRows = 4096;

void AppendKey(const std::optional<std::string_view>& text, std::string* key) {
  const uint64_t length = text ? text->size() : ~uint64_t{0};
  key->append(reinterpret_cast<const char*>(&length), sizeof length);
  if (text) key->append(*text);
}

// The labels where a row has them, else null.
arrow::Result<std::shared_ptr<arrow::Array>> LabelsWhere(const std::vector<bool>& has,
                                                         const std::shared_ptr<arrow::Array>& labels) {
  const auto count = std::count(has.begin(), has.end(), true);
  if (count == labels->length()) return labels;
  if (count == 0) return arrow::MakeArrayOfNull(arrow::utf8(), labels->length(), ArrowPool());
  arrow::StringBuilder some(ArrowPool());
  ARROW_RETURN_NOT_OK(some.Reserve(labels->length()));
  for (int64_t row = 0; row < labels->length(); ++row) {
    ARROW_RETURN_NOT_OK(has[row] ? some.Append(static_cast<const arrow::StringArray&>(*labels).GetView(row))
                                 : some.AppendNull());
  }
  return some.Finish();
}

// The texts of the pool, which is emptied.
arrow::Result<std::shared_ptr<arrow::Array>> FinishDictionary(StringPool* pool) {
  arrow::StringBuilder texts(ArrowPool());
  int64_t bytes = 0;
  for (StringPool::Id id = 1; id < pool->size(); ++id) bytes += static_cast<int64_t>(pool->View(id).size());
  ARROW_RETURN_NOT_OK(texts.Reserve(pool->size()));
  ARROW_RETURN_NOT_OK(texts.ReserveData(bytes));
  for (StringPool::Id id = 1; id < pool->size(); ++id) texts.UnsafeAppend(pool->View(id));
  pool->Clear();
  return texts.Finish();
}

// A dictionary column. The texts are emptied.
arrow::Result<std::shared_ptr<arrow::Array>> Encoded(const std::vector<int32_t>& codes, StringPool* texts) {
  arrow::Int32Builder builder(ArrowPool());
  ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<int64_t>(codes.size())));
  for (const int32_t code : codes) {
    if (code < 0) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(code);
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto indices, builder.Finish());
  ARROW_ASSIGN_OR_RAISE(const auto dictionary, FinishDictionary(texts));
  return std::make_shared<arrow::DictionaryArray>(arrow::dictionary(arrow::int32(), arrow::utf8()), indices,
                                                  dictionary);
}

// The same text, or null, in every row.
arrow::Result<std::shared_ptr<arrow::Array>> Constant(int64_t rows, const std::optional<std::string>& text) {
  StringPool texts;
  if (text) texts.Intern(*text);
  return Encoded(std::vector<int32_t>(rows, text ? 0 : -1), &texts);
}

// NaN is null.
arrow::Result<std::shared_ptr<arrow::Array>> Measures(const double* values, int64_t rows) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> data,
                        arrow::AllocateBuffer(rows * static_cast<int64_t>(sizeof(double)), ArrowPool()));
  std::memcpy(data->mutable_data(), values, static_cast<size_t>(data->size()));
  int64_t nulls = 0;
  for (int64_t row = 0; row < rows; ++row) nulls += values[row] != values[row];
  std::shared_ptr<arrow::Buffer> valid;
  if (nulls > 0) {
    ARROW_ASSIGN_OR_RAISE(valid, arrow::AllocateEmptyBitmap(rows, ArrowPool()));
    for (int64_t row = 0; row < rows; ++row) {
      if (!std::isnan(values[row])) arrow::bit_util::SetBit(valid->mutable_data(), row);
    }
  }
  return std::make_shared<arrow::DoubleArray>(rows, data, valid, nulls);
}

}  // namespace

std::array<uint8_t, 16> RowUuid(std::string_view source, const SummaryRow& row, std::string* key) {
  key->clear();
  AppendKey(source, key);
  key->push_back(static_cast<char>(row.kind));
  key->append(reinterpret_cast<const char*>(&row.day), sizeof row.day);
  for (const auto* part : {&row.name_space, &row.node}) AppendKey(*part, key);
  if (row.kind == RowKind::kPod) AppendKey(row.all_labels, key);
  if (row.kind == RowKind::kStorage) {
    for (const auto* part :
         {&row.resource_id, &row.claim, &row.volume, &row.storage_class, &row.volume_handle}) {
      AppendKey(*part, key);
    }
    AppendKey(row.all_labels, key);
  }
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(key->data(), key->size()));
  std::array<uint8_t, 16> uuid;
  std::copy(std::begin(canonical.digest), std::end(canonical.digest), uuid.begin());
  uuid[6] = static_cast<uint8_t>((uuid[6] & 0x0F) | 0x80);
  uuid[8] = static_cast<uint8_t>((uuid[8] & 0x3F) | 0x80);
  return uuid;
}

void RowBuilder::TextColumn::Append(const std::optional<std::string_view>& text) {
  if (!text) {
    codes.push_back(-1);
    return;
  }
  if (last_code < 0 || *text != last) {
    const StringPool::Id id = texts.Intern(*text);
    last = texts.View(id);
    last_code = static_cast<int32_t>(id) - 1;
  }
  codes.push_back(last_code);
}

RowBuilder::RowBuilder(const RunIdentity* identity, BatchSink sink)
    : identity_(identity),
      sink_(std::move(sink)),
      uuids_(arrow::fixed_size_binary(16), ArrowPool()),
      days_(ArrowPool()),
      labels_(ArrowPool()),
      categories_(ArrowPool()) {}

arrow::Status RowBuilder::Append(const SummaryRow& row) {
  if (rows_ == 0) {
    ARROW_RETURN_NOT_OK(uuids_.Reserve(kBatchRows));
    ARROW_RETURN_NOT_OK(days_.Reserve(kBatchRows));
    ARROW_RETURN_NOT_OK(labels_.Reserve(kBatchRows));
    ARROW_RETURN_NOT_OK(categories_.Reserve(kBatchRows));
    for (auto& values : measures_) values.resize(kBatchRows);
  }
  kinds_.push_back(row.kind);
  uuids_.UnsafeAppend(RowUuid(identity_->source, row, &key_).data());
  days_.UnsafeAppend(row.day);
  TextOf(kNamespaceColumn).Append(row.name_space);
  TextOf(kNodeColumn).Append(row.node);
  TextOf(kResourceIdColumn).Append(row.resource_id);
  TextOf(kClaimColumn).Append(row.claim);
  TextOf(kVolumeColumn).Append(row.volume);
  TextOf(kStorageClassColumn).Append(row.storage_class);
  ARROW_RETURN_NOT_OK(labels_.Append(row.all_labels));
  has_pod_labels_.push_back(row.has_pod_labels);
  has_volume_labels_.push_back(row.has_volume_labels);
  if (row.cost_category_id) {
    categories_.UnsafeAppend(*row.cost_category_id);
  } else {
    categories_.UnsafeAppendNull();
  }
  for (int i = 0; i < kSummaryMeasures; ++i) measures_[i][rows_] = row.measures[i];
  return ++rows_ == kBatchRows ? Flush() : arrow::Status::OK();
}

arrow::Status RowBuilder::Flush() {
  if (rows_ == 0) return arrow::Status::OK();
  arrow::ArrayVector columns(SummaryBatchSchema()->num_fields());
  const auto text = [&](int column, const std::optional<std::string>& value) {
    return Constant(rows_, value).Value(&columns[column]);
  };
  ARROW_RETURN_NOT_OK(text(kClusterId, identity_->cluster_id));
  ARROW_RETURN_NOT_OK(text(kClusterAlias, identity_->cluster_alias));
  ARROW_RETURN_NOT_OK(text(kSourceUuid, identity_->source));
  ARROW_ASSIGN_OR_RAISE(
      columns[kReportPeriodId],
      identity_->report_period_id
          ? arrow::MakeArrayFromScalar(arrow::Int64Scalar(*identity_->report_period_id), rows_, ArrowPool())
          : arrow::MakeArrayOfNull(arrow::int64(), rows_, ArrowPool()));
  for (int column = kNamespaceColumn; column <= kStorageClassColumn; ++column) {
    TextColumn& from = TextOf(column);
    ARROW_ASSIGN_OR_RAISE(columns[column], Encoded(from.codes, &from.texts));
    from.codes.clear();
    from.last_code = -1;
  }
  std::vector<int32_t> sources, costs;  // by row
  for (const RowKind kind : kinds_) {
    sources.push_back(kind == RowKind::kStorage ? 1 : 0);
    costs.push_back(kind == RowKind::kUnallocated ? -1 : 0);
  }
  StringPool names, cost;
  names.Intern("Pod");
  names.Intern("Storage");
  cost.Intern(kInfrastructureUsageCost);
  ARROW_ASSIGN_OR_RAISE(columns[kDataSource], Encoded(sources, &names));
  ARROW_ASSIGN_OR_RAISE(columns[kInfrastructureUsageCostColumn], Encoded(costs, &cost));
  ARROW_ASSIGN_OR_RAISE(columns[kAllLabelsColumn], labels_.Finish());
  ARROW_ASSIGN_OR_RAISE(columns[kPodLabelsColumn], LabelsWhere(has_pod_labels_, columns[kAllLabelsColumn]));
  ARROW_ASSIGN_OR_RAISE(columns[kVolumeLabelsColumn],
                        LabelsWhere(has_volume_labels_, columns[kAllLabelsColumn]));
  ARROW_ASSIGN_OR_RAISE(columns[kUuid], uuids_.Finish());
  ARROW_ASSIGN_OR_RAISE(columns[kUsageStart], days_.Finish());
  columns[kUsageEnd] = columns[kUsageStart];
  ARROW_ASSIGN_OR_RAISE(columns[kCostCategoryId], categories_.Finish());
  for (int i = 0; i < kSummaryMeasures; ++i) {
    ARROW_ASSIGN_OR_RAISE(columns[kFirstMeasure + i], Measures(measures_[i].data(), rows_));
  }
  const auto batch = arrow::RecordBatch::Make(SummaryBatchSchema(), rows_, std::move(columns));
  kinds_.clear();
  has_pod_labels_.clear();
  has_volume_labels_.clear();
  rows_ = 0;
  return sink_(batch);
}

}  // namespace costream
