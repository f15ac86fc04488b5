#include "merge/finalize_day.h"

#include <algorithm>

#include "base/error.h"
#include "base/units.h"
#include "merge/day_capacity.h"
#include "merge/storage_rows.h"

namespace costream {
namespace {

using Id = StringPool::Id;

constexpr std::string_view kNotAllocatable[] = {"Platform unallocated", "Worker unallocated",
                                                "Network unattributed", "Storage unattributed"};

double CpuHours(const CpuSum& sum) { return sum.ToDouble() / kSecondsPerHour; }
double GibHours(const ByteSum& sum) { return sum.ToDouble() / kSecondsPerHour / kBytesPerGiB; }

// What the Unallocated row of a node is made of: its Pod rows added up.
struct NodeUsage {
  std::array<uint32_t, 1> key{};  // node
  std::array<CpuSum, kPodMeasures> cpu;
  std::array<ByteSum, kPodMeasures> memory;
  uint8_t seen = 0;
  Id resource_id = StringPool::kNull;
  std::optional<std::string> role;
  double node_cores = kNoValue, node_bytes = kNoValue;
};

class DayFinalizer {
 public:
  DayFinalizer(DayState* state, const FinalizeOptions& options, RowBuilder* rows, SummaryTotals* totals)
      : state_(*state),
        pool_(state->pool()),
        options_(options),
        rows_(*rows),
        totals_(*totals),
        capacity_(ComputeCapacity(*state)) {}

  arrow::Status Run() {
    if (state_.overflowed() || !capacity_.in_range) return RangeError();
    ARROW_RETURN_NOT_OK(PodRows());
    if (options_.rows.storage) {
      const auto base = [this](Id node, Id name_space) { return BaseLabels(node, name_space); };
      ARROW_RETURN_NOT_OK(AppendStorageRows(state_, options_, base, &rows_, &totals_));
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
        FormatDay(state_.day()));
  }

  std::optional<std::string_view> Text(Id id) const {
    return id ? std::optional<std::string_view>(pool_.View(id)) : std::nullopt;
  }

  std::string_view SetOf(const GroupTable<LatestLabels>& table, Id object) const {
    const LatestLabels* latest = object ? table.Find({object}) : nullptr;
    return latest ? pool_.View(latest->set) : std::string_view();
  }

  LabelSet BaseLabels(Id node, Id name_space) const {
    return MergeLabels(SetOf(state_.node_labels(), node), SetOf(state_.namespace_labels(), name_space));
  }

  // Ranks of the ids by UTF-8 bytes, null last.
  std::vector<uint32_t> Ranks(const std::vector<Id>& ids) const {
    std::vector<Id> sorted = ids;
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    std::sort(sorted.begin(), sorted.end(), [&](Id a, Id b) { return CompareNullLast(pool_, a, b) < 0; });
    std::vector<uint32_t> ranks(pool_.size());
    for (uint32_t rank = 0; rank < sorted.size(); ++rank) ranks[sorted[rank]] = rank;
    return ranks;
  }

  // Groups in the order of (namespace, node).
  std::vector<std::pair<uint64_t, const PodGroup*>> SortedGroups() {
    std::vector<Id> ids;
    for (const PodGroup& group : state_.pods().groups()) {
      ids.push_back(group.key[0]);
      ids.push_back(group.key[1]);
    }
    const auto ranks = Ranks(ids);
    std::vector<std::pair<uint64_t, const PodGroup*>> groups;
    for (const PodGroup& group : state_.pods().groups()) {
      groups.emplace_back((uint64_t{ranks[group.key[0]]} << 32) | ranks[group.key[1]], &group);
    }
    std::sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return groups;
  }

  arrow::Status PodRows() {
    const auto groups = SortedGroups();
    std::vector<std::pair<std::string, const PodGroup*>>
        bucket;  // of one namespace and node, with merged labels
    for (size_t i = 0; i < groups.size();) {
      const uint64_t place = groups[i].first;
      const PodGroup& first = *groups[i].second;
      const LabelSet base = BaseLabels(first.key[1], first.key[0]);
      bucket.clear();
      for (; i < groups.size() && groups[i].first == place; ++i) {
        bucket.emplace_back(LabelJson(MergeLabels(base, pool_.View(groups[i].second->key[2]))),
                            groups[i].second);
      }
      std::sort(bucket.begin(), bucket.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
      for (size_t row = 0; row < bucket.size();) {
        PodGroup merged = *bucket[row].second;
        const std::string& labels = bucket[row].first;
        for (++row; row < bucket.size() && bucket[row].first == labels; ++row) {
          if (!Merge(*bucket[row].second, &merged)) return RangeError();
        }
        ARROW_RETURN_NOT_OK(PodRow(merged, labels));
      }
    }
    return arrow::Status::OK();
  }

  bool Merge(const PodGroup& from, PodGroup* to) {
    bool in_range = true;
    for (int i = 0; i < kPodMeasures; ++i) {
      in_range &= to->cpu[i].Add(from.cpu[i]) && to->memory[i].Add(from.memory[i]);
    }
    to->seen |= from.seen;
    to->resource_id = MaxText(pool_, to->resource_id, from.resource_id);
    to->node_cores = MaxValue(to->node_cores, from.node_cores);
    to->node_bytes = MaxValue(to->node_bytes, from.node_bytes);
    return in_range;
  }

  void SetCapacity(Id node, double cores, double bytes, SummaryRow* row) const {
    const NodeCapacity of_node = capacity_.Of(node);
    row->measures[kNodeCoresMax] = cores;
    row->measures[kNodeGibMax] = bytes / kBytesPerGiB;
    row->measures[kNodeCpuHours] = CpuHours(of_node.core_seconds);
    row->measures[kNodeGibHours] = GibHours(of_node.byte_seconds);
    row->measures[kClusterCpuHours] = CpuHours(capacity_.cluster.core_seconds);
    row->measures[kClusterGibHours] = GibHours(capacity_.cluster.byte_seconds);
  }

  arrow::Status PodRow(const PodGroup& group, const std::string& labels) {
    if (!AddToNode(group)) return RangeError();
    if (!options_.rows.pod) return arrow::Status::OK();
    SummaryRow row;
    row.kind = RowKind::kPod;
    row.day = state_.day();
    row.name_space = Text(group.key[0]);
    row.node = Text(group.key[1]);
    row.resource_id = Text(group.resource_id);
    row.pod_labels = labels;
    row.all_labels = labels;
    row.cost_category_id = Category(row.name_space);
    // The summary's order of the four measures is usage, request, effective, limit.
    constexpr std::array<int, kPodMeasures> kOrder = {kUsage, kRequest, kEffective, kLimit};
    for (int i = 0; i < kPodMeasures; ++i) {
      const int from = kOrder[i];
      if (group.seen & (1 << from)) row.measures[kPodUsageCpuHours + i] = CpuHours(group.cpu[from]);
      if (group.seen & (16 << from)) row.measures[kPodUsageGibHours + i] = GibHours(group.memory[from]);
    }
    SetCapacity(group.key[1], group.node_cores, group.node_bytes, &row);
    ++totals_.rows[static_cast<size_t>(RowKind::kPod)];
    return rows_.Append(row);
  }

  std::optional<int64_t> Category(const std::optional<std::string_view>& name_space) {
    if (!name_space || options_.cost_categories.empty()) return std::nullopt;
    const auto [at, added] = categories_.try_emplace(std::string(*name_space));
    if (added) at->second = CategoryOf(options_.cost_categories, *name_space);
    return at->second;
  }

  // Adds a Pod row to its node's Unallocated row and to the totals.
  bool AddToNode(const PodGroup& group) {
    bool in_range = cpu_rows_.Add(group.cpu[kUsage]) && memory_rows_.Add(group.memory[kUsage]);
    totals_.cpu_requested += CpuHours(group.cpu[kRequest]);
    totals_.gib_requested += GibHours(group.memory[kRequest]);
    const auto name_space = Text(group.key[0]);
    NamespaceTotals& of_namespace = totals_.namespaces[std::string(name_space.value_or("(null)"))];
    of_namespace.cpu_hours += CpuHours(group.cpu[kUsage]);
    of_namespace.gib_hours += GibHours(group.memory[kUsage]);
    if (!name_space || std::ranges::find(kNotAllocatable, *name_space) != std::end(kNotAllocatable))
      return in_range;
    NodeUsage& node = nodes_.At({group.key[1]});
    for (int i = 0; i < kPodMeasures; ++i) {
      in_range &= node.cpu[i].Add(group.cpu[i]) && node.memory[i].Add(group.memory[i]);
    }
    node.seen |= group.seen;
    node.resource_id = MaxText(pool_, node.resource_id, group.resource_id);
    node.node_cores = MaxValue(node.node_cores, group.node_cores);
    node.node_bytes = MaxValue(node.node_bytes, group.node_bytes);
    if (group.resource_id) {
      const auto role = options_.roles.Find(pool_.View(group.key[1]), pool_.View(group.resource_id));
      if (role && (!node.role || *node.role < *role)) node.role = role;
    }
    return in_range;
  }

  std::optional<std::string_view> UnallocatedNamespace(const NodeUsage& node) const {
    std::optional<std::string_view> role;
    if (options_.roles.Knows(pool_.View(node.key[0]))) {
      if (node.role) role = *node.role;
    } else if (const NodeReport* report = state_.node_reports().Find(node.key)) {
      role = Text(report->role);
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
      return pool_.View(a.second->key[0]) < pool_.View(b.second->key[0]);
    });
    for (const auto& [name_space, node] : sorted) {
      ARROW_RETURN_NOT_OK(UnallocatedRow(name_space, *node));
    }
    return arrow::Status::OK();
  }

  arrow::Status UnallocatedRow(const std::optional<std::string_view>& name_space, const NodeUsage& node) {
    SummaryRow row;
    row.kind = RowKind::kUnallocated;
    row.day = state_.day();
    row.name_space = name_space;
    row.node = Text(node.key[0]);
    row.resource_id = Text(node.resource_id);
    row.all_labels = "{}";
    row.cost_category_id = Category(name_space);
    const NodeCapacity of_node = capacity_.Of(node.key[0]);
    bool in_range = true;
    constexpr std::array<int, 3> kOrder = {kUsage, kRequest, kEffective};
    for (int i = 0; i < 3; ++i) {
      CpuSum cpu = of_node.core_seconds;
      ByteSum memory = of_node.byte_seconds;
      in_range &= cpu.Subtract(node.cpu[kOrder[i]]) && memory.Subtract(node.memory[kOrder[i]]);
      if (node.seen & (1 << kOrder[i])) row.measures[kPodUsageCpuHours + i] = CpuHours(cpu);
      if (node.seen & (16 << kOrder[i])) row.measures[kPodUsageGibHours + i] = GibHours(memory);
    }
    if (!in_range) return RangeError();
    SetCapacity(node.key[0], node.node_cores, node.node_bytes, &row);
    totals_.cpu_used_on_nodes += CpuHours(node.cpu[kUsage]);
    totals_.gib_used_on_nodes += GibHours(node.memory[kUsage]);
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
    const UsageTotals& input = state_.totals();
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

  DayState& state_;
  StringPool& pool_;
  const FinalizeOptions& options_;
  RowBuilder& rows_;
  SummaryTotals& totals_;
  const DayCapacity capacity_;
  GroupTable<NodeUsage> nodes_;
  CpuSum cpu_rows_;  // usage over the Pod rows
  ByteSum memory_rows_;
  std::map<std::string, std::optional<int64_t>> categories_;
};

}  // namespace

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

arrow::Status FinalizeDay(DayState* state, const FinalizeOptions& options, RowBuilder* rows,
                          SummaryTotals* totals) {
  return DayFinalizer(state, options, rows, totals).Run();
}

}  // namespace costream
