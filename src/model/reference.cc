#include "model/reference.h"

#include "model/like.h"

namespace costream {

RoleTable::RoleTable(const std::vector<NodeRole>& roles) {
  for (const NodeRole& row : roles) {
    auto& of_node = roles_[row.node];
    if (!row.resource_id) continue;
    const auto [at, added] = of_node.try_emplace(*row.resource_id, row.role);
    if (!added && at->second < row.role) at->second = row.role;
  }
}

std::optional<std::string> RoleTable::Find(std::string_view node, std::string_view resource_id) const {
  const auto of_node = roles_.find(node);
  if (of_node == roles_.end()) return std::nullopt;
  const auto found = of_node->second.find(resource_id);
  if (found == of_node->second.end()) return std::nullopt;
  return found->second;
}

std::optional<int64_t> CategoryOf(const std::vector<CostCategory>& categories, std::string_view name_space) {
  std::optional<int64_t> largest;
  for (const CostCategory& category : categories) {
    if ((!largest || category.id > *largest) && LikeMatches(category.pattern, name_space))
      largest = category.id;
  }
  return largest;
}

}  // namespace costream
