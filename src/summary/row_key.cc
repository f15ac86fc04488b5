#include "summary/row_key.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace costream {
namespace {

constexpr size_t kRemembered = 4096;    // texts
constexpr int64_t kMaxBrackets = 1000;  // more may nest deeper than the stack is

void MakeDoubles(nlohmann::json* value) {
  if (value->is_number_integer()) *value = value->get<double>();
  if (value->is_structured()) {
    for (auto& element : *value) MakeDoubles(&element);
  }
}

bool IsJson(int column) {
  return column == kPodLabelsColumn || column == kVolumeLabelsColumn || column == kAllLabelsColumn ||
         column == kInfrastructureUsageCostColumn;
}

}  // namespace

std::string CanonicalJson(std::string_view text) {
  const auto brackets = std::count(text.begin(), text.end(), '{') + std::count(text.begin(), text.end(), '[');
  if (brackets > kMaxBrackets) return std::string(text);
  auto value = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return std::string(text);
  MakeDoubles(&value);
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

const std::string& RowKeys::Canonical(std::string_view json) {
  const std::string text(json);
  const auto found = canonical_.find(text);
  if (found != canonical_.end()) return found->second;
  if (canonical_.size() >= kRemembered) canonical_.clear();
  return canonical_.emplace(text, CanonicalJson(json)).first->second;
}

void RowKeys::Append(const StoredRow& row, int column) {
  const auto& cell = row.texts[column];
  const std::string_view text = !cell ? std::string_view() : IsJson(column) ? Canonical(*cell) : *cell;
  const uint64_t length = cell ? text.size() : ~uint64_t{0};
  buffer_.append(reinterpret_cast<const char*>(&length), sizeof length);
  buffer_.append(text);
}

RowKey RowKeys::KeyOf(const StoredRow& row) {
  buffer_.clear();
  for (const int column : kKeyColumns) {
    if (columns_[column]) Append(row, column);
  }
  const XXH128_hash_t hash = XXH3_128bits(buffer_.data(), buffer_.size());
  return {hash.high64, hash.low64};
}

AttributeHashes RowKeys::AttributesOf(const StoredRow& row) {
  AttributeHashes hashes{};
  for (size_t i = 0; i < kAttributes.size(); ++i) {
    if (!columns_[kAttributes[i]]) continue;
    buffer_.clear();
    Append(row, kAttributes[i]);
    hashes[i] = static_cast<uint32_t>(XXH3_64bits(buffer_.data(), buffer_.size()));
  }
  return hashes;
}

}  // namespace costream
