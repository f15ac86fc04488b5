#include "report/cubes.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/error.h"

namespace costream {
namespace {

// With these a month of 31 days takes about 40 MiB, its page less than 15 MB.
constexpr size_t kMostNames = 14000, kMostNamespaces = 4000, kMostNodes = 2000, kMostClaims = 4000;
constexpr size_t kMostClasses = 100, kMostLabelKeys = 100, kMostValuesOfKey = 500, kMostClusters = 50;

std::span<const int128> PodPart(const Decimals& decimals) { return {decimals.data(), kSlicedMeasures}; }

const std::vector<int> kDailyOfPods = {kPodUsageCpuHours, kPodRequestCpuHours, kPodUsageGibHours,
                                       kPodRequestGibHours};
const std::vector<int> kDailyOfNodes = {kPodUsageCpuHours,   kPodRequestCpuHours, kPodUsageGibHours,
                                        kPodRequestGibHours, kCpuCapacity,        kGibCapacity};

std::vector<int> AllMeasures(int count) {
  std::vector<int> all(count);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

constexpr SummaryMeasure kUsed[2] = {kPodUsageCpuHours, kPodUsageGibHours};
constexpr SummaryMeasure kNodeHours[2] = {kNodeCpuHours, kNodeGibHours};
constexpr SummaryMeasure kClusterHours[2] = {kClusterCpuHours, kClusterGibHours};

// The summaries, open, and which days of the month each has.
struct OpenSummaries {
  std::vector<std::unique_ptr<SummaryReader>> readers;
  std::vector<std::vector<Day>> days;
};

arrow::Result<OpenSummaries> OpenAll(const std::vector<std::string>& names, const SummaryAccess& access) {
  OpenSummaries open;
  for (const std::string& name : names) {
    ARROW_ASSIGN_OR_RAISE(auto reader, OpenSummary(name, access));
    ARROW_ASSIGN_OR_RAISE(auto days, reader->Days());
    open.readers.push_back(std::move(reader));
    open.days.push_back(std::move(days));
  }
  return open;
}

std::vector<Month> MonthsOf(const OpenSummaries& open) {
  std::set<Day> first_days;
  for (const auto& days : open.days) {
    for (const Day day : days) first_days.insert(FirstDay(MonthOf(day)));
  }
  std::vector<Month> months;
  months.reserve(first_days.size());
  for (const Day day : first_days) months.push_back(MonthOf(day));
  return months;
}

// Narrows the days of each to those of the month, and gives those of all.
std::vector<Day> NarrowTo(Month month, OpenSummaries* open) {
  std::set<Day> all;
  for (auto& days : open->days) {
    std::erase_if(days, [&](Day day) { return MonthOf(day) != month; });
    all.insert(days.begin(), days.end());
  }
  return {all.begin(), all.end()};
}

}  // namespace

ClusterCubes::ClusterCubes(size_t* left)
    : total(kNodeMeasures, kHourPlaces, AllMeasures(kNodeMeasures), 1),
      nodes(kNodeMeasures, kHourPlaces, kDailyOfNodes, kMostNodes, left),
      namespaces(kSlicedMeasures, kHourPlaces, kDailyOfPods, kMostNamespaces, left),
      unlabelled(kSlicedMeasures, kHourPlaces, {}, kMostNamespaces, left),
      storage(kVolumeMeasures, kMonthPlaces, AllMeasures(kVolumeMeasures), 1),
      classes(kVolumeMeasures, kMonthPlaces, AllMeasures(kVolumeMeasures), kMostClasses),
      claims(kVolumeMeasures, kMonthPlaces, {}, kMostClaims, left),
      left_(left) {}

arrow::Status ClusterCubes::Add(const StoredRow& row) {
  ARROW_ASSIGN_OR_RAISE(const Decimals decimals, DecimalsOf(row));
  const RowKind kind = KindOfRow(row);
  ++rows[static_cast<size_t>(kind)];
  if (!cluster_id) cluster_id = row.texts[kClusterId];
  if (!cluster_alias) cluster_alias = row.texts[kClusterAlias];
  if (kind == RowKind::kStorage) return AddStorage(row, decimals);

  const std::string_view name = row.texts[kNodeColumn].value_or("");
  auto node = today_.find(name);
  if (node == today_.end()) node = today_.emplace(name, NodeDay()).first;
  AddCapacity(row, decimals, &node->second);
  if (kind == RowKind::kPod) {
    for (const int i : {0, 1}) {
      if (CountsAsAllocated(row) && !node->second.allocated[i].Add(decimals[kUsed[i]]))
        return SumOutOfRange();
    }
    return AddPod(row, decimals);
  }
  node->second.has_unallocated = true;
  std::array<int128, kNodeMeasures> values{};
  for (const int i : {0, 1}) {
    if (!node->second.unallocated[i].Add(decimals[kUsed[i]])) return SumOutOfRange();
  }
  values[kCpuUnallocated] = decimals[kPodUsageCpuHours];
  values[kGibUnallocated] = decimals[kPodUsageGibHours];
  values[kCpuUnallocatedEffective] = decimals[kPodEffectiveCpuHours];
  values[kGibUnallocatedEffective] = decimals[kPodEffectiveGibHours];
  if (!nodes.Add(name, values) || !total.Add("", values)) return SumOutOfRange();
  return arrow::Status::OK();
}

void ClusterCubes::AddCapacity(const StoredRow& row, const Decimals& decimals, NodeDay* node) {
  for (const int i : {0, 1}) {
    node->capacity[i] = std::max(node->capacity[i], decimals[kNodeHours[i]]);
    cluster_capacity_[i] = std::max(cluster_capacity_[i], decimals[kClusterHours[i]]);
  }
  const double cores = row.measures[kNodeCoresMax];
  if (cores > 0) node->hours = std::max(node->hours, row.measures[kNodeCpuHours] / cores);
}

arrow::Status ClusterCubes::AddPod(const StoredRow& row, const Decimals& decimals) {
  const auto pod = PodPart(decimals);
  std::array<int128, kNodeMeasures> values{};
  std::copy(pod.begin(), pod.end(), values.begin());
  const bool fits = total.Add("", values) && nodes.Add(row.texts[kNodeColumn].value_or(""), values) &&
                    namespaces.Add(row.texts[kNamespaceColumn], pod);
  return fits ? AddLabels(row, decimals) : SumOutOfRange();
}

arrow::Status ClusterCubes::AddLabels(const StoredRow& row, const Decimals& decimals) {
  const auto pod = PodPart(decimals);
  const RowLabels& row_labels = label_texts_.Parse(row.texts[kPodLabelsColumn].value_or(""));
  if (row_labels.empty() && !unlabelled.Add(row.texts[kNamespaceColumn], pod)) return SumOutOfRange();
  for (const auto& [key, value] : row_labels) {
    auto values = labels.find(key);
    if (values == labels.end()) {
      if (labels.size() >= kMostLabelKeys) {
        ++label_keys_left_out;
        continue;
      }
      values =
          labels.emplace(key, SliceTable(kSlicedMeasures, kHourPlaces, kDailyOfPods, kMostValuesOfKey, left_))
              .first;
    }
    if (!values->second.Add(value, pod)) return SumOutOfRange();
  }
  return arrow::Status::OK();
}

arrow::Status ClusterCubes::AddStorage(const StoredRow& row, const Decimals& decimals) {
  const std::span<const int128> values(decimals.data() + kClaimGibMonths, kVolumeMeasures);
  const std::string_view claim = row.texts[kClaimColumn].value_or("");
  const std::string name = std::string(row.texts[kNamespaceColumn].value_or("")) + '\n' + std::string(claim);
  const auto& storage_class = row.texts[kStorageClassColumn];
  if (claim_classes.size() < kMostClaims && storage_class) claim_classes.emplace(name, *storage_class);
  const bool fits = storage.Add("", values) && claims.Add(name, values) && classes.Add(storage_class, values);
  return fits ? arrow::Status::OK() : SumOutOfRange();
}

bool ClusterCubes::Reconcile(const NodeDay& node) {
  if (!node.has_unallocated) return true;
  ++reconciliation.checked;
  bool equal = true;
  for (const int i : {0, 1}) {
    DecimalSum rest = node.allocated[i];
    if (!rest.Add(node.unallocated[i]) || !rest.Add(-node.capacity[i])) return false;
    const double difference = std::fabs(static_cast<double>(rest.units())) / 1e15;
    // Of the rows' own rounding: docs/semantics.md.
    equal &= difference <= std::max(1e-9 * static_cast<double>(node.capacity[i]) / 1e15, 1e-9);
    reconciliation.greatest = std::max(reconciliation.greatest, difference);
  }
  if (!equal) ++reconciliation.differing;
  return true;
}

arrow::Status ClusterCubes::EndDay(size_t day) {
  double most_hours = 0;
  std::array<int128, kNodeMeasures> values{};
  for (const auto& [name, node] : today_) {
    values[kCpuCapacity] = node.capacity[0];
    values[kGibCapacity] = node.capacity[1];
    if (!nodes.Add(name, values) || !Reconcile(node)) return SumOutOfRange();
    most_hours = std::max(most_hours, node.hours);
  }
  values[kCpuCapacity] = cluster_capacity_[0];
  values[kGibCapacity] = cluster_capacity_[1];
  if (!total.Add("", values)) return SumOutOfRange();
  hours[day] = most_hours;
  today_.clear();
  cluster_capacity_ = {};
  for (SliceTable* table : {&total, &nodes, &namespaces, &unlabelled, &storage, &classes, &claims}) {
    ARROW_RETURN_NOT_OK(table->EndDay(day));
  }
  for (auto& [key, values_of_key] : labels) ARROW_RETURN_NOT_OK(values_of_key.EndDay(day));
  return arrow::Status::OK();
}

arrow::Result<ReportCubes> ReadCubes(const std::vector<std::string>& names, const ReportScope& scope) {
  ARROW_ASSIGN_OR_RAISE(OpenSummaries open, OpenAll(names, scope.access));
  ReportCubes cubes;
  cubes.names_left = std::make_unique<size_t>(kMostNames);
  cubes.months = MonthsOf(open);
  if (cubes.months.empty()) return InputError("the summary has no rows: nothing to report");
  cubes.month = scope.month.value_or(cubes.months.back());
  const std::vector<Day> days = NarrowTo(cubes.month, &open);
  if (days.empty()) {
    return InputError("no rows of {}: the last month with rows is {}", FormatMonth(cubes.month),
                      FormatMonth(cubes.months.back()));
  }
  cubes.first_day = days.front();
  cubes.last_day = days.back();
  for (const Day day : days) {
    std::map<std::string, size_t, std::less<>> summary_of;  // the source's rows of the day
    for (size_t i = 0; i < names.size(); ++i) {
      if (!std::binary_search(open.days[i].begin(), open.days[i].end(), day)) continue;
      ARROW_RETURN_NOT_OK(open.readers[i]->Read(day, [&](const StoredRow& row) {
        const std::string_view source = row.texts[kSourceUuid].value_or("");
        if (scope.source && source != *scope.source) return arrow::Status::OK();
        auto first = summary_of.find(source);
        if (first == summary_of.end()) first = summary_of.emplace(source, i).first;
        if (first->second != i) {
          return UsageError("{} and {} both have rows of source {} on {}; name each source's days once",
                            names[first->second], names[i], source, FormatDay(day));
        }
        auto& cluster = cubes.clusters[first->first];
        if (!cluster && cubes.clusters.size() > kMostClusters) {
          return UsageError("more than {} sources in one report; narrow it with --source", kMostClusters);
        }
        if (!cluster) cluster = std::make_unique<ClusterCubes>(cubes.names_left.get());
        return WithContext(cluster->Add(row), names[i]);
      }));
    }
    for (const auto& [source, summary] : summary_of) {
      ARROW_RETURN_NOT_OK(WithContext(cubes.clusters[source]->EndDay(day - cubes.first_day), names[summary]));
    }
  }
  if (cubes.clusters.empty()) return InputError("no rows of source {}", scope.source.value_or(""));
  return cubes;
}

}  // namespace costream
