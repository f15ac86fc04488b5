#include "merge/row_builder.h"

#include <arrow/array/util.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cmath>

#include "base/arrow_pool.h"

namespace costream {
namespace {

// What a sink writes at once: a row group of a Parquet file. Smaller ones cost time, larger ones memory.
constexpr int64_t kBatchRows = 12'800;

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

void AppendId(const std::optional<int64_t>& id, arrow::Int64Builder* builder) {
  if (id) {
    builder->UnsafeAppend(*id);
  } else {
    builder->UnsafeAppendNull();
  }
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

std::string_view DataSource(RowKind kind) { return kind == RowKind::kStorage ? "Storage" : "Pod"; }

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

RowBuilder::RowBuilder(const RunIdentity* identity, BatchSink sink)
    : identity_(identity),
      sink_(std::move(sink)),
      uuids_(arrow::fixed_size_binary(16), ArrowPool()),
      days_(ArrowPool()),
      labels_(ArrowPool()) {
  for (int i = 0; i < 2; ++i) ids_.push_back(std::make_unique<arrow::Int64Builder>(ArrowPool()));
  for (int i = 0; i < kSummaryMeasures; ++i) {
    measures_.push_back(std::make_unique<arrow::DoubleBuilder>(ArrowPool()));
  }
}

arrow::Status RowBuilder::Reserve() {
  ARROW_RETURN_NOT_OK(uuids_.Reserve(kBatchRows));
  ARROW_RETURN_NOT_OK(days_.Reserve(kBatchRows));
  ARROW_RETURN_NOT_OK(labels_.Reserve(kBatchRows));
  for (const auto& ids : ids_) ARROW_RETURN_NOT_OK(ids->Reserve(kBatchRows));
  for (const auto& values : measures_) ARROW_RETURN_NOT_OK(values->Reserve(kBatchRows));
  return arrow::Status::OK();
}

void RowBuilder::AppendText(int column, const std::optional<std::string_view>& text) {
  TextColumn& to = texts_[column];
  if (!text) {
    to.codes.push_back(-1);
    return;
  }
  if (to.last_code < 0 || *text != to.last) {
    StringPool& dictionary = dictionaries_[column];
    const StringPool::Id id = dictionary.Intern(*text);
    to.last = dictionary.View(id);
    to.last_code = static_cast<int32_t>(id) - 1;
  }
  to.codes.push_back(to.last_code);
}

arrow::Status RowBuilder::Append(const SummaryRow& row) {
  if (rows_ == 0) ARROW_RETURN_NOT_OK(Reserve());
  const bool unallocated = row.kind == RowKind::kUnallocated;
  uuids_.UnsafeAppend(RowUuid(identity_->source, row, &key_).data());
  days_.UnsafeAppend(row.day);
  AppendText(kDataSource, DataSource(row.kind));
  AppendText(kNamespaceColumn, row.name_space);
  AppendText(kNodeColumn, row.node);
  AppendText(kResourceIdColumn, row.resource_id);
  AppendText(kClaimColumn, row.claim);
  AppendText(kVolumeColumn, row.volume);
  AppendText(kStorageClassColumn, row.storage_class);
  ARROW_RETURN_NOT_OK(labels_.Append(row.all_labels));
  has_pod_labels_.push_back(row.has_pod_labels);
  has_volume_labels_.push_back(row.has_volume_labels);
  AppendText(kInfrastructureUsageCostColumn,
             unallocated ? std::nullopt : std::optional<std::string_view>(kInfrastructureUsageCost));
  AppendText(kClusterId, identity_->cluster_id);
  AppendText(kClusterAlias, identity_->cluster_alias);
  AppendText(kSourceUuid, identity_->source);
  AppendId(row.cost_category_id, ids_[0].get());
  AppendId(identity_->report_period_id, ids_[1].get());
  for (int i = 0; i < kSummaryMeasures; ++i) {
    if (std::isnan(row.measures[i])) {
      measures_[i]->UnsafeAppendNull();
    } else {
      measures_[i]->UnsafeAppend(row.measures[i]);
    }
  }
  return ++rows_ == kBatchRows ? Flush() : arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::Array>> RowBuilder::FinishText(int column) {
  TextColumn& from = texts_[column];
  arrow::Int32Builder codes(ArrowPool());
  ARROW_RETURN_NOT_OK(codes.Reserve(rows_));
  for (const int32_t code : from.codes) {
    if (code < 0) {
      codes.UnsafeAppendNull();
    } else {
      codes.UnsafeAppend(code);
    }
  }
  from.codes.clear();
  from.last_code = -1;
  ARROW_ASSIGN_OR_RAISE(const auto indices, codes.Finish());
  const auto& type = SummaryBatchSchema()->field(column)->type();
  ARROW_ASSIGN_OR_RAISE(const auto dictionary, FinishDictionary(&dictionaries_[column]));
  return std::make_shared<arrow::DictionaryArray>(type, indices, dictionary);
}

arrow::Status RowBuilder::Flush() {
  if (rows_ == 0) return arrow::Status::OK();
  const auto& schema = SummaryBatchSchema();
  arrow::ArrayVector columns(schema->num_fields());
  for (int column = 0; column < kFirstMeasure; ++column) {
    if (schema->field(column)->type()->id() != arrow::Type::DICTIONARY) continue;
    ARROW_ASSIGN_OR_RAISE(columns[column], FinishText(column));
  }
  ARROW_ASSIGN_OR_RAISE(columns[kAllLabelsColumn], labels_.Finish());
  ARROW_ASSIGN_OR_RAISE(columns[kPodLabelsColumn], LabelsWhere(has_pod_labels_, columns[kAllLabelsColumn]));
  ARROW_ASSIGN_OR_RAISE(columns[kVolumeLabelsColumn],
                        LabelsWhere(has_volume_labels_, columns[kAllLabelsColumn]));
  has_pod_labels_.clear();
  has_volume_labels_.clear();
  ARROW_ASSIGN_OR_RAISE(columns[kUuid], uuids_.Finish());
  ARROW_ASSIGN_OR_RAISE(columns[kUsageStart], days_.Finish());
  columns[kUsageEnd] = columns[kUsageStart];
  ARROW_ASSIGN_OR_RAISE(columns[kCostCategoryId], ids_[0]->Finish());
  ARROW_ASSIGN_OR_RAISE(columns[kReportPeriodId], ids_[1]->Finish());
  for (int i = 0; i < kSummaryMeasures; ++i) {
    ARROW_ASSIGN_OR_RAISE(columns[kFirstMeasure + i], measures_[i]->Finish());
  }
  const auto batch = arrow::RecordBatch::Make(schema, rows_, std::move(columns));
  rows_ = 0;
  return sink_(batch);
}

}  // namespace costream
