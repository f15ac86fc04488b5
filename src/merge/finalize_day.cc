#include "merge/finalize_day.h"

#include <algorithm>

#include "base/error.h"
#include "base/units.h"
#include "merge/day_capacity.h"
#include "merge/hours.h"
#include "merge/merged_pods.h"

namespace costream {
namespace {

using Id = StringPool::Id;

constexpr size_t kMergeBytes = size_t{4} << 20;  // buffers of the spilled runs, all together
constexpr size_t kMostNamespaces = size_t{1} << 16;
constexpr size_t kLeastBuffer = size_t{4} << 10;

constexpr std::string_view kNotAllocatable[] = {"Platform unallocated", "Worker unallocated",
                                                "Network unattributed", "Storage unattributed"};

// What the Unallocated row of a node is made of: its Pod rows added up.
struct NodeUsage {
  std::array<uint32_t, 1> key{};  // node
  PodSums sums;
  std::optional<std::string> resource_id, role, last_resource_id;
};

// Only the largest are shown: of very many, the smaller half is forgotten.
void DropSmallNamespaces(std::map<std::string, NamespaceTotals>* namespaces) {
  std::vector<double> hours;
  for (const auto& [name, totals] : *namespaces) hours.push_back(totals.cpu_hours);
  const auto middle = hours.begin() + static_cast<std::ptrdiff_t>(hours.size() / 2);
  std::nth_element(hours.begin(), middle, hours.end());
  std::erase_if(*namespaces, [&](const auto& item) { return item.second.cpu_hours <= *middle; });
}

class DayFinalizer {
 public:
  DayFinalizer(const DayState& state, SpilledDay* spilled, const FinalizeOptions& options, RowBuilder* rows,
               SummaryTotals* totals)
      : state_(state),
        spilled_(*spilled),
        names_(state.names.pool()),
        options_(options),
        rows_(*rows),
        totals_(*totals),
        capacity_(ComputeCapacity(state.nodes)) {}

  arrow::Status Run() {
    if (!state_.in_range || !capacity_.in_range) return RangeError();
    ARROW_RETURN_NOT_OK(PodRows());
    if (options_.rows.storage) {
      ARROW_RETURN_NOT_OK(spilled_.storage.Write(state_, options_, &rows_, &totals_));
    }
    ARROW_RETURN_NOT_OK(UnallocatedRows());
    AddTotals();
    return arrow::Status::OK();
  }

 private:
  arrow::Status RangeError() const {
    return InputError(
        "{}: a sum of cpu, memory or storage leaves the range of the accumulators; look for absurd values of "
        "that day",
        FormatDay(state_.day));
  }

  arrow::Status PodRows() {
    OrderedPods in_memory(state_);
    std::vector<PodStream*> streams = {&in_memory};
    for (const auto& run : spilled_.pods) {
      run->SetBuffer(std::max(kLeastBuffer, kMergeBytes / spilled_.pods.size()));
      streams.push_back(run.get());
    }
    MergedPods merged(streams);
    PodStream* pods = &merged;
    if (spilled_.pods.empty()) pods = &in_memory;
    for (FinalPod pod;;) {
      ARROW_ASSIGN_OR_RAISE(const bool more, pods->Next(&pod));
      if (!more) return arrow::Status::OK();
      if (!pod.in_range || !AddToNode(pod)) return RangeError();
      if (options_.rows.pod) ARROW_RETURN_NOT_OK(PodRow(pod));
    }
  }

  void SetCapacity(Id node, double cores, double bytes, SummaryRow* row) const {
    const NodeCapacity of_node = capacity_.Of(node);
    row->measures[kNodeCoresMax] = cores + 0.0;  // -0 and 0 are one value
    row->measures[kNodeGibMax] = (bytes + 0.0) / kBytesPerGiB;
    row->measures[kNodeCpuHours] = CpuHours(of_node.core_seconds);
    row->measures[kNodeGibHours] = GibHours(of_node.byte_seconds);
    row->measures[kClusterCpuHours] = CpuHours(capacity_.cluster.core_seconds);
    row->measures[kClusterGibHours] = GibHours(capacity_.cluster.byte_seconds);
  }

  arrow::Status PodRow(const FinalPod& pod) {
    SummaryRow row;
    row.kind = RowKind::kPod;
    row.day = state_.day;
    row.name_space = pod.name_space;
    row.node = pod.node_name;
    row.resource_id = pod.resource_id;
    row.all_labels = pod.labels;
    row.has_pod_labels = true;
    row.cost_category_id = Category(row.name_space);
    // The summary's order of the four measures is usage, request, effective, limit.
    constexpr std::array<int, kPodMeasures> kOrder = {kUsage, kRequest, kEffective, kLimit};
    for (int i = 0; i < kPodMeasures; ++i) {
      const int from = kOrder[i];
      if (pod.sums.seen & (1 << from)) row.measures[kPodUsageCpuHours + i] = CpuHours(pod.sums.cpu[from]);
      if (pod.sums.seen & (16 << from)) row.measures[kPodUsageGibHours + i] = GibHours(pod.sums.memory[from]);
    }
    SetCapacity(pod.node, pod.sums.node_cores, pod.sums.node_bytes, &row);
    ++totals_.rows[static_cast<size_t>(RowKind::kPod)];
    return rows_.Append(row);
  }

  // Rows of one namespace come together.
  std::optional<int64_t> Category(const std::optional<std::string_view>& name_space) {
    if (!name_space || options_.cost_categories.empty()) return std::nullopt;
    if (category_of_ != name_space) {
      category_of_ = name_space;
      category_ = CategoryOf(options_.cost_categories, *name_space);
    }
    return category_;
  }

  NamespaceTotals& TotalsOf(const std::optional<std::string_view>& name_space) {
    const std::string_view name = name_space.value_or("(null)");
    if (!namespace_totals_ || namespace_totals_->first != name) {
      if (totals_.namespaces.size() >= kMostNamespaces) DropSmallNamespaces(&totals_.namespaces);
      namespace_totals_ = &*totals_.namespaces.try_emplace(std::string(name)).first;
    }
    return namespace_totals_->second;
  }

  // Adds a Pod row to its node's Unallocated row and to the totals.
  bool AddToNode(const FinalPod& pod) {
    bool in_range = cpu_rows_.Add(pod.sums.cpu[kUsage]) && memory_rows_.Add(pod.sums.memory[kUsage]);
    totals_.cpu_requested += CpuHours(pod.sums.cpu[kRequest]);
    totals_.gib_requested += GibHours(pod.sums.memory[kRequest]);
    NamespaceTotals& of_namespace = TotalsOf(pod.name_space);
    of_namespace.cpu_hours += CpuHours(pod.sums.cpu[kUsage]);
    of_namespace.gib_hours += GibHours(pod.sums.memory[kUsage]);
    if (!TakesFromNode(pod.name_space)) return in_range;
    NodeUsage& node = nodes_.At({pod.node});
    in_range &= node.sums.Merge(pod.sums);
    if (!pod.resource_id || node.last_resource_id == pod.resource_id) return in_range;
    node.last_resource_id = pod.resource_id;
    if (!node.resource_id || *node.resource_id < *pod.resource_id) node.resource_id = *pod.resource_id;
    const auto role = options_.roles.Find(pod.node_name, *pod.resource_id);
    if (role && (!node.role || *node.role < *role)) node.role = role;
    return in_range;
  }

  std::optional<std::string_view> UnallocatedNamespace(const NodeUsage& node) const {
    std::optional<std::string_view> role;
    if (options_.roles.Knows(names_.View(node.key[0]))) {
      if (node.role) role = *node.role;
    } else if (const Id reported = state_.nodes.RoleOf(node.key[0])) {
      role = names_.View(reported);
    }
    if (role == "master" || role == "infra") return "Platform unallocated";
    if (role == "worker") return "Worker unallocated";
    return std::nullopt;
  }

  arrow::Status UnallocatedRows() {
    std::vector<std::pair<std::optional<std::string_view>, const NodeUsage*>> sorted;
    for (const NodeUsage& node : nodes_.groups()) sorted.emplace_back(UnallocatedNamespace(node), &node);
    std::sort(sorted.begin(), sorted.end(), [&](const auto& a, const auto& b) {
      if (a.first != b.first) return a.first && (!b.first || *a.first < *b.first);
      return names_.View(a.second->key[0]) < names_.View(b.second->key[0]);
    });
    for (const auto& [name_space, node] : sorted) {
      ARROW_RETURN_NOT_OK(UnallocatedRow(name_space, *node));
    }
    return arrow::Status::OK();
  }

  arrow::Status UnallocatedRow(const std::optional<std::string_view>& name_space, const NodeUsage& node) {
    SummaryRow row;
    row.kind = RowKind::kUnallocated;
    row.day = state_.day;
    row.name_space = name_space;
    row.node = names_.View(node.key[0]);
    row.resource_id = node.resource_id;
    row.all_labels = "{}";
    row.cost_category_id = Category(name_space);
    const NodeCapacity of_node = capacity_.Of(node.key[0]);
    bool in_range = true;
    constexpr std::array<int, 3> kOrder = {kUsage, kRequest, kEffective};
    for (int i = 0; i < 3; ++i) {
      CpuSum cpu = of_node.core_seconds;
      ByteSum memory = of_node.byte_seconds;
      in_range &= cpu.Subtract(node.sums.cpu[kOrder[i]]) && memory.Subtract(node.sums.memory[kOrder[i]]);
      if (node.sums.seen & (1 << kOrder[i])) row.measures[kPodUsageCpuHours + i] = CpuHours(cpu);
      if (node.sums.seen & (16 << kOrder[i])) row.measures[kPodUsageGibHours + i] = GibHours(memory);
    }
    if (!in_range) return RangeError();
    SetCapacity(node.key[0], node.sums.node_cores, node.sums.node_bytes, &row);
    totals_.cpu_used_on_nodes += CpuHours(node.sums.cpu[kUsage]);
    totals_.gib_used_on_nodes += GibHours(node.sums.memory[kUsage]);
    if (!options_.rows.unallocated) return arrow::Status::OK();
    const auto value = [&](int measure) {
      return std::isnan(row.measures[measure]) ? 0.0 : row.measures[measure];
    };
    totals_.cpu_unallocated += value(kPodUsageCpuHours);
    totals_.gib_unallocated += value(kPodUsageGibHours);
    ++totals_.rows[static_cast<size_t>(RowKind::kUnallocated)];
    return rows_.Append(row);
  }

  void AddTotals() {
    const UsageTotals& input = state_.totals;
    totals_.cpu_input += CpuHours(input.cpu);
    totals_.cpu_left_out += CpuHours(input.cpu_left_out);
    totals_.gib_input += GibHours(input.memory);
    totals_.gib_left_out += GibHours(input.memory_left_out);
    totals_.input_rows += input.rows;
    totals_.input_rows_left_out += input.rows_left_out;
    totals_.cpu_rows += CpuHours(cpu_rows_);
    totals_.gib_rows += GibHours(memory_rows_);
    CpuSum cpu = cpu_rows_;
    ByteSum memory = memory_rows_;
    totals_.input_reconciles &= cpu.Add(input.cpu_left_out) && cpu == input.cpu &&
                                memory.Add(input.memory_left_out) && memory == input.memory;
    totals_.cpu_capacity += CpuHours(capacity_.cluster.core_seconds);
    totals_.gib_capacity += GibHours(capacity_.cluster.byte_seconds);
    for (const NodeCapacity& node : capacity_.nodes.groups()) {
      if (nodes_.Find(node.key)) continue;
      totals_.cpu_idle_nodes += CpuHours(node.core_seconds);
      totals_.gib_idle_nodes += GibHours(node.byte_seconds);
    }
  }

  const DayState& state_;
  SpilledDay& spilled_;
  const StringPool& names_;
  const FinalizeOptions& options_;
  RowBuilder& rows_;
  SummaryTotals& totals_;
  const DayCapacity capacity_;
  GroupTable<NodeUsage> nodes_;
  CpuSum cpu_rows_;  // usage over the Pod rows
  ByteSum memory_rows_;
  std::optional<std::string> category_of_;  // a namespace
  std::optional<int64_t> category_;         // of it
  std::pair<const std::string, NamespaceTotals>* namespace_totals_ = nullptr;
};

}  // namespace

bool TakesFromNode(const std::optional<std::string_view>& name_space) {
  return name_space && std::ranges::find(kNotAllocatable, *name_space) == std::end(kNotAllocatable);
}

SummaryTotals& SummaryTotals::operator+=(const SummaryTotals& other) {
  for (size_t i = 0; i < rows.size(); ++i) rows[i] += other.rows[i];
  for (double SummaryTotals::* member :
       {&SummaryTotals::cpu_input, &SummaryTotals::cpu_rows, &SummaryTotals::cpu_left_out,
        &SummaryTotals::gib_input, &SummaryTotals::gib_rows, &SummaryTotals::gib_left_out,
        &SummaryTotals::cpu_requested, &SummaryTotals::gib_requested, &SummaryTotals::cpu_capacity,
        &SummaryTotals::gib_capacity, &SummaryTotals::cpu_used_on_nodes, &SummaryTotals::gib_used_on_nodes,
        &SummaryTotals::cpu_unallocated, &SummaryTotals::gib_unallocated, &SummaryTotals::cpu_idle_nodes,
        &SummaryTotals::gib_idle_nodes, &SummaryTotals::claim_gib_months,
        &SummaryTotals::claim_used_gib_months}) {
    this->*member += other.*member;
  }
  input_rows += other.input_rows;
  input_rows_left_out += other.input_rows_left_out;
  input_reconciles &= other.input_reconciles;
  for (const auto& [name, totals] : other.namespaces) {
    namespaces[name].cpu_hours += totals.cpu_hours;
    namespaces[name].gib_hours += totals.gib_hours;
  }
  return *this;
}

arrow::Status FinalizeDay(const DayState& state, SpilledDay* spilled, const FinalizeOptions& options,
                          RowBuilder* rows, SummaryTotals* totals) {
  return DayFinalizer(state, spilled, options, rows, totals).Run();
}

}  // namespace costream
