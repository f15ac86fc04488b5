#include "report/allocation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/units.h"

namespace costream {
namespace {

using nlohmann::json;

constexpr size_t kMostAllocations = 10000, kMostShares = 100000;
constexpr const char* kIdle = "__idle__";
constexpr const char* kNone = "__unallocated__";

// The dimensions of OpenCost and the columns that hold them.
constexpr std::array<std::array<const char*, 2>, 3> kProperties = {
    {{"cluster", "cluster_id"}, {"node", "node"}, {"namespace", "namespace"}}};

std::string PropertyOf(const Dimension& dimension) {
  for (const auto& [property, column] : kProperties) {
    if (dimension.name() == column) return property;
  }
  return dimension.name();  // label:KEY
}

// Core-hours and GiB-hours; exact until they are shown.
struct Hours {
  std::array<DecimalSum, 2> used, requested, effective;
};

struct Allocation {
  std::map<std::string, std::string> properties;  // by OpenCost's names; labels as label:KEY
  Hours hours;
  std::array<double, 2> shared{};  // of idle hours
  double volume_byte_hours = 0;
};

bool AddHours(const Decimals& decimals, Hours* hours) {
  bool fits = true;
  for (const int i : {0, 1}) {
    const int first = i == 0 ? kPodUsageCpuHours : kPodUsageGibHours;
    fits &= hours->used[i].Add(decimals[first]);
    fits &= hours->requested[i].Add(decimals[first + 1]);
    fits &= hours->effective[i].Add(decimals[first + 2]);
  }
  return fits;
}

// The allocations of a window.
class AllocationSet {
 public:
  AllocationSet(const AllocationQuery& query, const Window& window) : query_(query), window_(window) {}

  arrow::Status Add(const StoredRow& row, const RowLabels& labels, Day day) {
    ARROW_ASSIGN_OR_RAISE(const Decimals decimals, DecimalsOf(row));
    const std::string cluster = ClusterOf(row);
    const std::string idle_id =
        query_.idle_by_node ? cluster + '/' + std::string(row.texts[kNodeColumn].value_or("")) : cluster;
    const RowKind kind = KindOfRow(row);
    if (kind == RowKind::kUnallocated) return AddIdle(row, cluster, idle_id, decimals);
    const auto [name, allocation] = Find(row, labels, cluster);
    if (allocations_.size() > kMostAllocations) {
      return UsageError(
          "the answer has more than {} allocations; aggregate by less, or take a shorter window",
          kMostAllocations);
    }
    if (kind == RowKind::kStorage) {
      if (const double months = row.measures[kClaimGibMonths]; months > 0) {
        allocation->volume_byte_hours += months * kBytesPerGiB * 24 * DaysIn(MonthOf(day));
      }
      return arrow::Status::OK();
    }
    bool fits = AddHours(decimals, &allocation->hours);
    if (query_.share_idle) {
      const auto [share, added] = shares_[idle_id].try_emplace(name);
      fits &= AddHours(decimals, &share->second);
      if (added && ++share_count_ > kMostShares) {
        return UsageError("too many allocations to share idle among; aggregate by less");
      }
    }
    return fits ? arrow::Status::OK() : SumOutOfRange();
  }

  // {name: allocation, ...}
  void Append(std::string* out) {
    if (query_.share_idle) ShareIdle();
    *out += '{';
    for (const auto& [name, allocation] : allocations_) AppendOne(name, allocation, out);
    if (query_.include_idle && !query_.share_idle) {
      for (const auto& [key, idle] : idle_) AppendOne(key.empty() ? kIdle : key + '/' + kIdle, idle, out);
    }
    *out += '}';
  }

  size_t size() const { return allocations_.size() + idle_.size(); }

 private:
  static std::string ClusterOf(const StoredRow& row) {
    for (const int column : {kClusterId, kClusterAlias, kSourceUuid}) {
      if (const auto& text = row.texts[column]) return std::string(*text);
    }
    return kNone;
  }

  bool by_cluster() const {
    return std::any_of(query_.aggregate.begin(), query_.aggregate.end(),
                       [](const Dimension& each) { return each.name() == "cluster_id"; });
  }

  // Idle of all clusters is one where they are not told apart.
  std::string IdleKey(const std::string& idle_id) const {
    return query_.idle_by_node || by_cluster() ? idle_id : "";
  }

  arrow::Status AddIdle(const StoredRow& row, const std::string& cluster, const std::string& idle_id,
                        const Decimals& decimals) {
    if (query_.share_idle)
      return AddHours(decimals, &idle_hours_[idle_id]) ? arrow::Status::OK() : SumOutOfRange();
    Allocation& idle = idle_[IdleKey(idle_id)];
    if (query_.idle_by_node || by_cluster()) idle.properties["cluster"] = cluster;
    if (query_.idle_by_node) idle.properties["node"] = std::string(row.texts[kNodeColumn].value_or(""));
    return AddHours(decimals, &idle.hours) ? arrow::Status::OK() : SumOutOfRange();
  }

  std::pair<std::string, Allocation*> Find(const StoredRow& row, const RowLabels& labels,
                                           const std::string& cluster) {
    std::string name;
    for (const Dimension& dimension : query_.aggregate) {
      if (&dimension != &query_.aggregate.front()) name += '/';
      name += ValueOf(dimension, row, labels, cluster);
    }
    const auto [found, added] = allocations_.try_emplace(name);
    if (added) {
      for (const Dimension& dimension : query_.aggregate) {
        found->second.properties[PropertyOf(dimension)] = ValueOf(dimension, row, labels, cluster);
      }
    }
    return {std::move(name), &found->second};
  }

  static std::string ValueOf(const Dimension& dimension, const StoredRow& row, const RowLabels& labels,
                             const std::string& cluster) {
    if (dimension.name() == "cluster_id") return cluster;
    const auto value = dimension.Of(row, labels);
    return value && !value->empty() ? *value : kNone;
  }

  // Each idle part among the allocations of its cluster or node, by their hours.
  void ShareIdle() {
    for (const auto& [id, idle] : idle_hours_) {
      const auto shares = shares_.find(id);
      if (shares == shares_.end()) continue;
      for (const int i : {0, 1}) {
        double all = 0;
        for (const auto& [name, hours] : shares->second) all += hours.effective[i].ToDouble();
        if (all <= 0) continue;
        for (const auto& [name, hours] : shares->second) {
          allocations_[name].shared[i] += idle.effective[i].ToDouble() * hours.effective[i].ToDouble() / all;
        }
      }
    }
  }

  void AppendOne(const std::string& name, const Allocation& allocation, std::string* out) const {
    if (out->back() != '{') *out += ',';
    *out += Text(name) + ':' + Text(ToJson(name, allocation));
  }
  static std::string Text(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
  }

  json ToJson(const std::string& name, const Allocation& allocation) const {
    const double hours = 24.0 * (window_.end - window_.first);
    const auto cpu = [&](const auto& sums) { return sums[0].ToDouble(); };
    const auto bytes = [&](const auto& sums) { return sums[1].ToDouble() * kBytesPerGiB; };
    const Hours& own = allocation.hours;
    const auto ratio = [](double used, double requested) {
      return requested > 0 ? used / requested : used > 0 ? 1.0 : 0.0;
    };
    const bool idle = name.ends_with(kIdle);
    const double core_hours = cpu(own.effective) + allocation.shared[0];
    const double byte_hours = bytes(own.effective) + allocation.shared[1] * kBytesPerGiB;
    const std::string start = FormatDay(window_.first) + "T00:00:00Z",
                      end = FormatDay(window_.end) + "T00:00:00Z";
    json properties = json::object();
    for (const auto& [property, value] : allocation.properties) {
      if (property.starts_with("label:")) {
        properties["labels"][property.substr(6)] = value;
      } else {
        properties[property] = value;
      }
    }
    json out = {{"name", name},
                {"properties", properties},
                {"window", {{"start", start}, {"end", end}}},
                {"start", start},
                {"end", end},
                {"minutes", hours * 60},
                {"cpuCores", core_hours / hours},
                {"cpuCoreRequestAverage", idle ? 0.0 : cpu(own.requested) / hours},
                {"cpuCoreUsageAverage", idle ? 0.0 : cpu(own.used) / hours},
                {"cpuCoreHours", core_hours},
                {"cpuEfficiency", idle ? 0.0 : ratio(cpu(own.used), cpu(own.requested))},
                {"ramBytes", byte_hours / hours},
                {"ramByteRequestAverage", idle ? 0.0 : bytes(own.requested) / hours},
                {"ramByteUsageAverage", idle ? 0.0 : bytes(own.used) / hours},
                {"ramByteHours", byte_hours},
                {"ramEfficiency", idle ? 0.0 : ratio(bytes(own.used), bytes(own.requested))},
                {"pvBytes", allocation.volume_byte_hours / hours},
                {"pvByteHours", allocation.volume_byte_hours},
                {"pvs", nullptr},
                {"rawAllocationOnly", nullptr}};
    for (const char* zero : {"cpuCost",
                             "cpuCostAdjustment",
                             "gpuCount",
                             "gpuHours",
                             "gpuCost",
                             "gpuCostAdjustment",
                             "networkTransferBytes",
                             "networkReceiveBytes",
                             "networkCost",
                             "networkCostAdjustment",
                             "loadBalancerCost",
                             "loadBalancerCostAdjustment",
                             "pvCost",
                             "pvCostAdjustment",
                             "ramCost",
                             "ramCostAdjustment",
                             "sharedCost",
                             "externalCost",
                             "totalCost",
                             "totalEfficiency"}) {
      out[zero] = 0.0;
    }
    return out;
  }

  const AllocationQuery& query_;
  const Window window_;
  std::map<std::string, Allocation> allocations_, idle_;
  std::map<std::string, Hours> idle_hours_;                     // to be shared, by cluster or node
  std::map<std::string, std::map<std::string, Hours>> shares_;  // of allocations, by the same
  size_t share_count_ = 0;
};

}  // namespace

arrow::Result<std::vector<Dimension>> ParseAggregate(std::string_view text) {
  if (text.empty()) text = "cluster,node,namespace";
  std::vector<Dimension> dimensions;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view word = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    std::string_view column = word.starts_with("label:") ? word : "";
    for (const auto& [property, name] : kProperties) {
      if (word == property) column = name;
    }
    if (column.empty() || column == "label:") {
      return UsageError("aggregate '{}': a daily summary tells cluster, node, namespace and label:KEY apart",
                        word);
    }
    ARROW_ASSIGN_OR_RAISE(Dimension dimension, Dimension::Parse(column));
    dimensions.push_back(std::move(dimension));
  }
  return dimensions;
}

arrow::Result<std::string> AllocationJson(SummaryReader* summary, const AllocationQuery& query) {
  LabelTexts label_texts;
  ARROW_ASSIGN_OR_RAISE(const auto days, summary->Days());
  std::string out = R"({"code":200,"status":"success","data":[)";
  size_t allocations = 0;
  for (const Window& window : query.sets) {
    AllocationSet set(query, window);
    for (const Day day : days) {
      if (day < window.first || day >= window.end) continue;
      ARROW_RETURN_NOT_OK(summary->Read(day, [&](const StoredRow& row) {
        return set.Add(row, label_texts.Parse(row.texts[kAllLabelsColumn].value_or("")), day);
      }));
    }
    allocations += set.size();
    if (allocations > kMostAllocations) {
      return UsageError("the answer has more than {} allocations; aggregate by less, or take longer steps",
                        kMostAllocations);
    }
    if (out.back() == '}') out += ',';
    set.Append(&out);
  }
  return out + "]}\n";
}

}  // namespace costream
