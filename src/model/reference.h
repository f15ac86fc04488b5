// What a run is told beside the reports: whose they are, which keys count, categories and roles. Plain data.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.h"

namespace costream {

struct CostCategory {
  std::string pattern;  // SQL LIKE over the namespace
  int64_t id = 0;
};

struct NodeRole {
  std::string node;
  std::optional<std::string> resource_id;
  std::string role;
};

// A part that is not there is not known; what that means is the run's to say (docs/semantics.md).
struct ReferenceData {
  std::optional<Month> month;
  std::optional<Day> start, end;
  std::optional<std::string> source, org, cluster_id, cluster_alias;
  std::optional<int64_t> report_period_id;
  std::optional<std::vector<std::string>> enabled_tag_keys;
  std::optional<std::vector<CostCategory>> cost_categories;
  std::optional<std::vector<NodeRole>> node_roles;
};

// reporting_ocp_nodes, for look-ups.
class RoleTable {
 public:
  explicit RoleTable(const std::vector<NodeRole>& roles);
  // Whether the table has any row of that node name.
  bool Knows(std::string_view node) const { return roles_.contains(node); }
  // The greatest role of the (node, resource id); nothing where there is none.
  std::optional<std::string> Find(std::string_view node, std::string_view resource_id) const;

 private:
  std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> roles_;
};

// The largest id of the patterns that match.
std::optional<int64_t> CategoryOf(const std::vector<CostCategory>& categories, std::string_view name_space);

}  // namespace costream
