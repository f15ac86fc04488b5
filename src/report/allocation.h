// Allocations as OpenCost's API gives them: quantities by cluster, node, namespace and label; costs are 0
// until there are prices. What each field is made of: docs/report.md.
#pragma once

#include <arrow/result.h>

#include <string>
#include <vector>

#include "report/dimension.h"
#include "report/window.h"

namespace costream {

struct AllocationQuery {
  std::vector<Window> sets;  // one after the other, without gaps
  std::vector<Dimension> aggregate;
  bool include_idle = false;
  bool share_idle = false;  // among the allocations, by their hours, instead
  bool idle_by_node = false;
};

// "cluster,namespace,label:app"; "" is cluster, node and namespace. Usage error for what summaries do not
// tell apart: pods, containers, controllers.
arrow::Result<std::vector<Dimension>> ParseAggregate(std::string_view text);

// {"code":200,"data":[{name: allocation, ...}, ...]}: a set for each window. Usage error for too many.
arrow::Result<std::string> AllocationJson(SummaryReader* summary, const AllocationQuery& query);

}  // namespace costream
