#include "job/explained_storage.h"

#include <algorithm>

#include "base/error.h"
#include "base/units.h"

namespace costream {
namespace {

int HourOf(int64_t time_micros, Day day) {
  return static_cast<int>((time_micros - day * kMicrosPerDay) / kMicrosPerHour);
}

}  // namespace

arrow::Status ExplainedClaims::AddStorage(const UsageBatch& batch, const std::string& file) {
  constexpr std::array kMeasuresOf = {Measure::kClaimByteSeconds, Measure::kVolumeRequest,
                                      Measure::kClaimUsage};
  hourly_ = batch.granularity == Granularity::kHourly;
  for (int64_t row = 0; row < batch.rows; ++row) {
    const auto text = [&](TextField field) { return Owned(CellAt(batch, field, row)); };
    ARROW_ASSIGN_OR_RAISE(const auto* of_volume, labels_.Parse(CellAt(batch, TextField::kVolumeLabels, row)));
    ARROW_ASSIGN_OR_RAISE(const auto* of_claim, labels_.Parse(CellAt(batch, TextField::kClaimLabels, row)));
    const Key key = {text(TextField::kNamespace),
                     text(TextField::kPod),
                     text(TextField::kClaim),
                     text(TextField::kVolume),
                     text(TextField::kStorageClass),
                     text(TextField::kVolumeHandle),
                     of_volume->set,
                     of_claim->set};
    Claim& claim = claims_[key];
    if (key.name_space && key.pod && key.claim) mounts_.try_emplace({*key.name_space, *key.pod});
    ClaimRows added;
    added.rows = 1;
    added.claim_bytes = batch.ValuesOf(Measure::kClaimBytes)[row];
    for (size_t i = 0; i < kMeasuresOf.size(); ++i) {
      const double value = batch.ValuesOf(kMeasuresOf[i])[row];
      if (IsNull(value)) continue;
      in_range_ &= added.sums[i].Add(value);
      added.seen |= static_cast<uint8_t>(1 << i);
    }
    in_range_ &= claim.files[file].Merge(added);
    claim.hours.insert(HourOf(batch.time_micros[row], question_.day));
    for (const auto* parsed : {of_volume, of_claim}) {
      claim.other_keys.insert(parsed->other_keys.begin(), parsed->other_keys.end());
    }
  }
  return arrow::Status::OK();
}

void ExplainedClaims::AddPods(const UsageBatch& batch) {
  if (mounts_.empty()) return;
  for (int64_t row = 0; row < batch.rows; ++row) {
    const auto name_space = CellAt(batch, TextField::kNamespace, row);
    const auto pod = CellAt(batch, TextField::kPod, row);
    if (!name_space || !pod) continue;
    const auto found = mounts_.find({std::string(*name_space), std::string(*pod)});
    if (found == mounts_.end()) continue;
    Text& resource_id = found->second[Owned(CellAt(batch, TextField::kNode, row))];
    resource_id = std::max(resource_id, Owned(CellAt(batch, TextField::kResourceId, row)));
  }
}

// None where a part of the key is null, which matches nothing.
const ExplainedClaims::Mounts* ExplainedClaims::MountsOf(const Key& key) const {
  if (!key.name_space || !key.pod || !key.claim) return nullptr;
  const Mounts& mounts = mounts_.at({*key.name_space, *key.pod});
  return mounts.empty() ? nullptr : &mounts;
}

std::map<std::string, std::set<std::string>> ExplainedClaims::NodesOfVolumes() const {
  std::map<std::string, std::set<std::string>> nodes;
  for (const auto& [key, claim] : claims_) {
    const Mounts* mounts = key.volume ? MountsOf(key) : nullptr;
    if (!mounts) continue;
    for (const auto& [node, resource_id] : *mounts) {
      if (node) nodes[*key.volume].insert(*node);
    }
  }
  return nodes;
}

std::map<ExplainedClaims::RowKey, std::vector<ExplainedClaims::Row>> ExplainedClaims::RowsOfNode() const {
  std::map<RowKey, std::vector<Row>> rows;
  const std::string_view of_node = labels_.Of(DayLabels::kNode, question_.node);
  for (const auto& claim : claims_) {
    const Key& key = claim.first;
    if (!question_.Asks(key.name_space)) continue;
    const Mounts* mounts = MountsOf(key);
    if (mounts ? !mounts->contains(question_.node) : question_.node.has_value()) continue;
    std::string labels;
    AppendMergedJson(std::array{of_node, labels_.Of(DayLabels::kNamespace, key.name_space),
                                std::string_view(key.volume_labels), std::string_view(key.claim_labels)},
                     &labels);
    auto& of_key = rows[{key.name_space, mounts ? mounts->at(question_.node) : std::nullopt, key.claim,
                         key.volume, key.storage_class, std::move(labels)}];
    auto row = std::ranges::find(of_key, key.volume_handle, &Row::volume_handle);
    if (row == of_key.end()) row = of_key.insert(row, {key.volume_handle, {}});
    row->claims.push_back(&claim);
  }
  for (auto& [key, of_key] : rows) {  // null comes last
    std::ranges::sort(of_key, {},
                      [](const Row& row) { return std::pair(!row.volume_handle, row.volume_handle); });
  }
  return rows;
}

arrow::Status ExplainedClaims::ExplainRow(const Row& row, const std::set<std::string>& volume_nodes,
                                          ExplainedRow* out) const {
  ExplainedStorage& storage = *out->storage;
  storage.volume_handle = row.volume_handle;
  storage.volume_nodes = volume_nodes;
  storage.node_count = std::max<int64_t>(1, std::ssize(volume_nodes));
  ClaimRows input;
  std::set<int> hours;
  bool in_range = in_range_;
  for (const auto* item : row.claims) {
    const auto& [key, claim] = *item;
    for (const auto& [file, rows] : claim.files) {
      in_range &= input.Merge(rows) && storage.files[file].Merge(rows);
    }
    storage.pods.insert(key.pod);
    storage.mounted |= MountsOf(key) != nullptr;
    hours.insert(claim.hours.begin(), claim.hours.end());
    AddLabelKeys(std::array<LabelLevel, 4>{{{"node", labels_.Of(DayLabels::kNode, question_.node)},
                                            {"namespace", labels_.Of(DayLabels::kNamespace, key.name_space)},
                                            {"volume", key.volume_labels},
                                            {"claim", key.claim_labels}}},
                 &out->label_keys);
  }
  if (!in_range) {
    return MakeError(ErrorKind::kInternal, "a sum of the inputs leaves the accumulators' range");
  }
  if (hourly_) {
    storage.hours_without.emplace();
    for (int hour = 0; hour < 24; ++hour) {
      if (!hours.contains(hour)) storage.hours_without->push_back(hour);
    }
  }
  out->input_rows = input.rows;
  storage.from_input = input.Measures(question_.day, storage.node_count);
  out->equal = true;
  for (int i = 0; i < kStorageMeasures; ++i) {
    out->equal &= Same(out->measures[kClaimGib + i], storage.from_input[i]);
  }
  return arrow::Status::OK();
}

arrow::Status ExplainedClaims::Explain(Explanation* explanation) const {
  auto rows = RowsOfNode();
  const auto nodes_of_volumes = NodesOfVolumes();
  for (ExplainedRow& out : explanation->rows) {
    if (out.kind != RowKind::kStorage) continue;
    const ExplainedStorage& storage = *out.storage;
    const RowKey key = {out.name_space, storage.resource_id,   storage.claim,
                        storage.volume, storage.storage_class, out.labels};
    const auto found = rows.find(key);
    if (found == rows.end() || found->second.empty()) continue;  // not equal
    const Row row = std::move(found->second.front());
    found->second.erase(found->second.begin());
    const auto nodes = storage.volume ? nodes_of_volumes.find(*storage.volume) : nodes_of_volumes.end();
    ARROW_RETURN_NOT_OK(
        ExplainRow(row, nodes == nodes_of_volumes.end() ? std::set<std::string>() : nodes->second, &out));
    for (const auto* claim : row.claims) {
      explanation->disabled_keys.insert(claim->second.other_keys.begin(), claim->second.other_keys.end());
    }
    for (const auto& [file, of_file] : storage.files) explanation->files[file].claim_rows += of_file.rows;
  }
  for (const auto& [key, left] : rows) explanation->claims_without_row += std::ssize(left);
  if (!question_.node) return arrow::Status::OK();
  for (const auto& [key, claim] : claims_) {
    if (!question_.Asks(key.name_space) || MountsOf(key)) continue;
    for (const auto& [file, of_file] : claim.files) {
      explanation->files[file].claim_rows_without_node += of_file.rows;
    }
  }
  return arrow::Status::OK();
}

}  // namespace costream
