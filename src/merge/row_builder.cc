#include "merge/row_builder.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cmath>

namespace costream {
namespace {

constexpr int64_t kBatchRows = 8192;

void AppendKey(const std::optional<std::string_view>& text, std::string* key) {
  const uint64_t length = text ? text->size() : ~uint64_t{0};
  key->append(reinterpret_cast<const char*>(&length), sizeof length);
  if (text) key->append(*text);
}

std::string_view DataSource(RowKind kind) { return kind == RowKind::kStorage ? "Storage" : "Pod"; }

}  // namespace

std::array<uint8_t, 16> RowUuid(std::string_view source, const SummaryRow& row) {
  std::string key;
  AppendKey(source, &key);
  key.push_back(static_cast<char>(row.kind));
  key.append(reinterpret_cast<const char*>(&row.day), sizeof row.day);
  for (const auto* part : {&row.name_space, &row.node}) AppendKey(*part, &key);
  if (row.kind == RowKind::kPod) AppendKey(row.pod_labels, &key);
  if (row.kind == RowKind::kStorage) {
    for (const auto* part : {&row.resource_id, &row.claim, &row.volume, &row.storage_class,
                             &row.volume_handle, &row.volume_labels}) {
      AppendKey(*part, &key);
    }
  }
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(key.data(), key.size()));
  std::array<uint8_t, 16> uuid;
  std::copy(std::begin(canonical.digest), std::end(canonical.digest), uuid.begin());
  uuid[6] = static_cast<uint8_t>((uuid[6] & 0x0F) | 0x80);
  uuid[8] = static_cast<uint8_t>((uuid[8] & 0x3F) | 0x80);
  return uuid;
}

RowBuilder::RowBuilder(const RunIdentity* identity, BatchSink sink)
    : identity_(identity), sink_(std::move(sink)) {}

arrow::Status RowBuilder::AppendText(int column, const std::optional<std::string_view>& text) {
  auto* builder = builder_->GetFieldAs<arrow::StringBuilder>(column);
  return text ? builder->Append(*text) : builder->AppendNull();
}

arrow::Status RowBuilder::Append(const SummaryRow& row) {
  if (!builder_) {
    ARROW_ASSIGN_OR_RAISE(
        builder_, arrow::RecordBatchBuilder::Make(SummarySchema(), arrow::default_memory_pool(), kBatchRows));
  }
  const auto id = [&](int column, const std::optional<int64_t>& value) {
    auto* builder = builder_->GetFieldAs<arrow::Int64Builder>(column);
    return value ? builder->Append(*value) : builder->AppendNull();
  };
  const bool unallocated = row.kind == RowKind::kUnallocated;
  const auto uuid = RowUuid(identity_->source, row);
  ARROW_RETURN_NOT_OK(builder_->GetFieldAs<arrow::FixedSizeBinaryBuilder>(kUuid)->Append(uuid.data()));
  ARROW_RETURN_NOT_OK(AppendText(kDataSource, DataSource(row.kind)));
  ARROW_RETURN_NOT_OK(builder_->GetFieldAs<arrow::Date32Builder>(kUsageStart)->Append(row.day));
  ARROW_RETURN_NOT_OK(builder_->GetFieldAs<arrow::Date32Builder>(kUsageEnd)->Append(row.day));
  ARROW_RETURN_NOT_OK(AppendText(kNamespaceColumn, row.name_space));
  ARROW_RETURN_NOT_OK(AppendText(kNodeColumn, row.node));
  ARROW_RETURN_NOT_OK(AppendText(kResourceIdColumn, row.resource_id));
  ARROW_RETURN_NOT_OK(AppendText(kClaimColumn, row.claim));
  ARROW_RETURN_NOT_OK(AppendText(kVolumeColumn, row.volume));
  ARROW_RETURN_NOT_OK(AppendText(kStorageClassColumn, row.storage_class));
  ARROW_RETURN_NOT_OK(AppendText(kPodLabelsColumn, row.pod_labels));
  ARROW_RETURN_NOT_OK(AppendText(kVolumeLabelsColumn, row.volume_labels));
  ARROW_RETURN_NOT_OK(AppendText(kAllLabelsColumn, row.all_labels));
  ARROW_RETURN_NOT_OK(id(kCostCategoryId, row.cost_category_id));
  ARROW_RETURN_NOT_OK(
      AppendText(kInfrastructureUsageCostColumn,
                 unallocated ? std::nullopt : std::optional<std::string_view>(kInfrastructureUsageCost)));
  ARROW_RETURN_NOT_OK(id(kReportPeriodId, identity_->report_period_id));
  ARROW_RETURN_NOT_OK(AppendText(kClusterId, identity_->cluster_id));
  ARROW_RETURN_NOT_OK(AppendText(kClusterAlias, identity_->cluster_alias));
  ARROW_RETURN_NOT_OK(AppendText(kSourceUuid, identity_->source));
  for (int i = 0; i < kSummaryMeasures; ++i) {
    auto* builder = builder_->GetFieldAs<arrow::DoubleBuilder>(kFirstMeasure + i);
    ARROW_RETURN_NOT_OK(std::isnan(row.measures[i]) ? builder->AppendNull()
                                                    : builder->Append(row.measures[i]));
  }
  return ++rows_ == kBatchRows ? Flush() : arrow::Status::OK();
}

arrow::Status RowBuilder::Flush() {
  if (rows_ == 0) return arrow::Status::OK();
  rows_ = 0;
  ARROW_ASSIGN_OR_RAISE(const auto batch, builder_->Flush());
  return sink_(batch);
}

}  // namespace costream
