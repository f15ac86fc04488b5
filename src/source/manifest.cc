#include "source/manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/date.h"
#include "base/error.h"

namespace costream {
namespace {

using nlohmann::json;

class Reader {
 public:
  Reader(const json& root, const std::string& name) : root_(root), name_(name) {}

  arrow::Result<Manifest> Read() const {
    Manifest manifest;
    ARROW_ASSIGN_OR_RAISE(const auto uuid, Text("uuid"));
    if (!uuid || uuid->empty()) return Bad("uuid", "there: it tells which payload this is");
    manifest.uuid = *uuid;
    std::ranges::transform(manifest.uuid, manifest.uuid.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    ARROW_ASSIGN_OR_RAISE(manifest.cluster_id, Text("cluster_id"));
    if (manifest.cluster_id == "") manifest.cluster_id.reset();
    if (const json* daily = Find("daily_reports")) {
      if (!daily->is_boolean()) return Bad("daily_reports", "true or false");
      manifest.daily_reports = daily->get<bool>();
    }
    ARROW_ASSIGN_OR_RAISE(manifest.date_micros, Time("date"));
    ARROW_ASSIGN_OR_RAISE(manifest.start_micros, Time("start"));
    ARROW_ASSIGN_OR_RAISE(manifest.end_micros, Time("end"));
    // An operator that does not know them leaves them out or writes the first instant of the year 1 for both.
    if (!manifest.start_micros || !manifest.end_micros || *manifest.start_micros >= *manifest.end_micros) {
      manifest.start_micros = manifest.end_micros = std::nullopt;
    }
    ARROW_ASSIGN_OR_RAISE(manifest.files, Names("files"));
    ARROW_ASSIGN_OR_RAISE(manifest.resource_optimization_files, Names("resource_optimization_files"));
    return manifest;
  }

 private:
  arrow::Status Bad(const char* key, const char* expected) const {
    return InputErrorAt(name_, "'{}' must be {}", key, expected);
  }

  const json* Find(const char* key) const {
    const auto at = root_.find(key);
    return at == root_.end() || at->is_null() ? nullptr : &*at;
  }

  arrow::Result<std::optional<std::string>> Text(const char* key) const {
    const json* value = Find(key);
    if (!value) return std::nullopt;
    if (!value->is_string()) return Bad(key, "a string");
    return std::optional(value->get<std::string>());
  }

  arrow::Result<std::optional<int64_t>> Time(const char* key) const {
    ARROW_ASSIGN_OR_RAISE(const auto text, Text(key));
    if (!text || text->empty()) return std::nullopt;
    const auto micros = ParseTimestamp(*text);
    if (!micros) return Bad(key, "a time like 2025-11-01T00:00:00Z");
    return micros;
  }

  arrow::Result<std::vector<std::string>> Names(const char* key) const {
    std::vector<std::string> names;
    const json* value = Find(key);
    if (!value) return names;
    if (!value->is_array()) return Bad(key, "a list of file names");
    for (const json& name : *value) {
      if (!name.is_string()) return Bad(key, "a list of file names");
      names.push_back(name.get<std::string>());
    }
    return names;
  }

  const json& root_;
  const std::string& name_;
};

}  // namespace

arrow::Result<Manifest> ParseManifest(std::string_view text, const std::string& name) {
  const json root = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) return InputErrorAt(name, "is not valid JSON");
  if (!root.is_object()) return InputErrorAt(name, "must be a JSON object");
  return Reader(root, name).Read();
}

}  // namespace costream
