#include "source/reference_json.h"

#include <cerrno>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text_file.h"
#include "model/like.h"

namespace costream {
namespace {

using nlohmann::json;

class Reader {
 public:
  Reader(const json& root, const std::string& path) : root_(root), path_(path) {}

  arrow::Status Read(ReferenceData* data) {
    ARROW_RETURN_NOT_OK(Days(data));
    ARROW_RETURN_NOT_OK(Text(root_, "source_uuid", &data->source));
    ARROW_RETURN_NOT_OK(Text(root_, "org_id", &data->org));
    ARROW_RETURN_NOT_OK(Text(root_, "cluster_id", &data->cluster_id));
    ARROW_RETURN_NOT_OK(Text(root_, "cluster_alias", &data->cluster_alias));
    ARROW_RETURN_NOT_OK(Integer(root_, "report_period_id", &data->report_period_id));
    ARROW_RETURN_NOT_OK(Keys(&data->enabled_tag_keys));
    ARROW_RETURN_NOT_OK(Categories(&data->cost_categories));
    return Roles(&data->node_roles);
  }

 private:
  arrow::Status Bad(std::string_view key, std::string_view expected) const {
    return UsageError("{}: '{}' must be {}", path_, key, expected);
  }

  static const json* Find(const json& object, const char* key) {
    const auto at = object.find(key);
    return at == object.end() || at->is_null() ? nullptr : &*at;
  }

  arrow::Status Text(const json& object, const char* key, std::optional<std::string>* out) const {
    const json* value = Find(object, key);
    if (!value) return arrow::Status::OK();
    if (!value->is_string()) return Bad(key, "a string");
    *out = value->get<std::string>();
    return arrow::Status::OK();
  }

  arrow::Status Integer(const json& object, const char* key, std::optional<int64_t>* out) const {
    const json* value = Find(object, key);
    if (!value) return arrow::Status::OK();
    if (!value->is_number_integer() ||
        (value->is_number_unsigned() && value->get<uint64_t>() > std::numeric_limits<int64_t>::max())) {
      return Bad(key, "an integer of 64 bits");
    }
    *out = value->get<int64_t>();
    return arrow::Status::OK();
  }

  arrow::Status Days(ReferenceData* data) const {
    std::optional<std::string> month, start, end;
    ARROW_RETURN_NOT_OK(Text(root_, "month", &month));
    ARROW_RETURN_NOT_OK(Text(root_, "start_date", &start));
    ARROW_RETURN_NOT_OK(Text(root_, "end_date", &end));
    if (month && !(data->month = ParseMonth(*month))) return Bad("month", "like 2025-11");
    if (start && !(data->start = ParseDay(*start))) return Bad("start_date", "like 2025-11-01");
    if (end && !(data->end = ParseDay(*end))) return Bad("end_date", "like 2025-11-30");
    return arrow::Status::OK();
  }

  arrow::Status Keys(std::optional<std::vector<std::string>>* out) const {
    const json* keys = Find(root_, "enabled_tag_keys");
    if (!keys) return arrow::Status::OK();
    if (!keys->is_array()) return Bad("enabled_tag_keys", "a list of strings");
    out->emplace();
    for (const json& key : *keys) {
      if (!key.is_string()) return Bad("enabled_tag_keys", "a list of strings");
      (*out)->push_back(key.get<std::string>());
    }
    return arrow::Status::OK();
  }

  arrow::Status Categories(std::optional<std::vector<CostCategory>>* out) const {
    constexpr std::string_view kExpected =
        "a list of {\"namespace\": LIKE pattern, \"cost_category_id\": integer}";
    const json* rows = Find(root_, "cost_categories");
    if (!rows) return arrow::Status::OK();
    if (!rows->is_array()) return Bad("cost_categories", kExpected);
    out->emplace();
    for (const json& row : *rows) {
      std::optional<std::string> pattern;
      std::optional<int64_t> id;
      if (!row.is_object() || !Text(row, "namespace", &pattern).ok() ||
          !Integer(row, "cost_category_id", &id).ok() || !pattern || !id) {
        return Bad("cost_categories", kExpected);
      }
      ARROW_RETURN_NOT_OK(WithContext(CheckLikePattern(*pattern), path_));
      (*out)->push_back({*pattern, *id});
    }
    return arrow::Status::OK();
  }

  arrow::Status Roles(std::optional<std::vector<NodeRole>>* out) const {
    constexpr std::string_view kExpected =
        "a list of {\"node\": text, \"resource_id\": text or null, \"node_role\": text or null}";
    const json* rows = Find(root_, "node_roles");
    if (!rows) return arrow::Status::OK();
    if (!rows->is_array()) return Bad("node_roles", kExpected);
    out->emplace();
    for (const json& row : *rows) {
      std::optional<std::string> node, resource, role;
      if (!row.is_object() || !Text(row, "node", &node).ok() || !Text(row, "resource_id", &resource).ok() ||
          !Text(row, "node_role", &role).ok() || !node) {
        return Bad("node_roles", kExpected);
      }
      // A row without a role still says that the table knows the node.
      (*out)->push_back({*node, role ? resource : std::nullopt, role.value_or("")});
    }
    return arrow::Status::OK();
  }

  const json& root_;
  const std::string& path_;
};

}  // namespace

arrow::Result<ReferenceData> ReadReferenceJson(const std::string& path) {
  const auto text = ReadTextFile(path);
  if (!text)
    return InputErrorAt(path, "cannot be read: {}; --reference takes a JSON file", std::strerror(errno));
  json root;
  try {
    root = json::parse(*text);
  } catch (const json::exception& error) {
    return UsageError("{}: is not valid JSON: {}", path, error.what());
  }
  if (!root.is_object()) return UsageError("{}: must hold a JSON object", path);
  ReferenceData data;
  ARROW_RETURN_NOT_OK(Reader(root, path).Read(&data));
  return data;
}

std::string ReferenceText(const ReferenceData& data) {
  json root = json::object();
  const auto add = [&root](const char* key, const auto& value) {
    if (value) root[key] = *value;
  };
  if (data.month) root["month"] = FormatMonth(*data.month);
  if (data.start) root["start_date"] = FormatDay(*data.start);
  if (data.end) root["end_date"] = FormatDay(*data.end);
  add("source_uuid", data.source);
  add("org_id", data.org);
  add("cluster_id", data.cluster_id);
  add("cluster_alias", data.cluster_alias);
  add("report_period_id", data.report_period_id);
  add("enabled_tag_keys", data.enabled_tag_keys);
  if (data.cost_categories) {
    json& rows = root["cost_categories"] = json::array();
    for (const CostCategory& row : *data.cost_categories) {
      rows.push_back({{"namespace", row.pattern}, {"cost_category_id", row.id}});
    }
  }
  if (data.node_roles) {
    json& rows = root["node_roles"] = json::array();
    for (const NodeRole& row : *data.node_roles) {
      rows.push_back({{"node", row.node},
                      {"resource_id", row.resource_id ? json(*row.resource_id) : json()},
                      {"node_role", row.role}});
    }
  }
  return root.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace costream
