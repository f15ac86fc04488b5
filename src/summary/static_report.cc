#include "summary/static_report.h"

#include <arrow/array.h>
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/text_file.h"
#include "base/units.h"

namespace costream {
namespace {

constexpr double kTolerance = 1e-4;
constexpr size_t kShown = 20;
constexpr size_t kFirstVolumeMeasure = 6;  // of kTotalMeasures
constexpr std::array kTitles = {"cpu usage",       "cpu request",    "cpu limit",
                                "memory usage",    "memory request", "memory limit",
                                "volume capacity", "volume request", "volume usage"};
constexpr std::array kUnits = {"core-hours", "core-hours", "core-hours", "GiB-hours", "GiB-hours",
                               "GiB-hours",  "GiB-months", "GiB-months", "GiB-months"};

using Values = std::array<std::optional<double>, kTotalMeasures.size()>;

// The days of the hours that data is generated for.
using Hours = std::vector<Day>;

std::optional<double> Number(const YAML::Node& node) {
  return node && !node.IsNull() ? std::optional(node.as<double>()) : std::nullopt;
}

std::string Text(const YAML::Node& node) {
  return node && !node.IsNull() ? node.as<std::string>() : std::string();
}

std::optional<double> Min(std::optional<double> a, std::optional<double> b) {
  return a && b ? std::optional(std::min(*a, *b)) : std::nullopt;
}

// Usage of all hours; what is not told for an hour, or is 0, is drawn at random.
std::optional<double> SumUsage(const YAML::Node& usage, std::optional<double> limit, const Hours& hours) {
  if (!usage || !usage.IsMap() || !limit) return std::nullopt;
  double sum = 0;
  for (const Day day : hours) {
    double value = 0;
    for (const auto& entry : usage) {
      const auto key = entry.first.as<std::string>();
      const auto instant = ParseTimestamp(key);
      if (key != "full_period") {
        if (!instant) return std::nullopt;  // in a spelling that nise may read otherwise
        if (DayOfMicros(*instant) != day) continue;
      }
      value = entry.second.as<double>();
      break;
    }
    if (value == 0) return std::nullopt;
    sum += std::min(value, *limit);
  }
  return sum;
}

class StaticReport {
 public:
  StaticReport(std::string path, const ReportPeriod& period) : path_(std::move(path)), period_(period) {}

  arrow::Result<FixedTotals> Read() {
    const auto text = ReadTextFile(path_);
    if (!text) return InputError("{}: cannot be read: {}", path_, std::strerror(errno));
    const YAML::Node root = YAML::Load(*text);
    if (!root.IsMap() || !root["generators"]) {
      return InputError("{}: has no 'generators', as a nise static report has", path_);
    }
    for (const auto& generator : root["generators"]) {
      for (const auto& entry : generator) {
        if (entry.first.as<std::string>() == "OCPGenerator") ARROW_RETURN_NOT_OK(AddGenerator(entry.second));
      }
    }
    AddClaims();
    return std::move(totals_);
  }

 private:
  struct Claim {
    std::string space, pod, volume;
    Values values;
  };

  arrow::Result<int64_t> Instant(const YAML::Node& node, const char* what, int64_t otherwise) const {
    const std::string text = Text(node);
    if (text.empty()) return otherwise;
    if (text == "last_month") return FirstDay(MonthOf(period_.first_day)) * kMicrosPerDay;
    if (const auto instant = ParseTimestamp(text)) return *instant;
    return UsageError("{}:{}: {} '{}' is no date; write the one that the data was generated with", path_,
                      node.Mark().line + 1, what, text);
  }

  arrow::Status AddGenerator(const YAML::Node& generator) {
    ARROW_ASSIGN_OR_RAISE(int64_t hour,
                          Instant(generator["start_date"], "start_date", period_.first_day * kMicrosPerDay));
    ARROW_ASSIGN_OR_RAISE(const int64_t end, Instant(generator["end_date"], "end_date", period_.input_end));
    Hours hours;
    for (; hour + kMicrosPerHour <= end + kMicrosPerSecond; hour += kMicrosPerHour) {  // one lasts 59:59
      const Day day = DayOfMicros(hour);
      if (day >= period_.first_day && day <= period_.last_day) hours.push_back(day);
    }
    // Of a namespace on several nodes, and of a pod name in several namespaces, the last counts.
    std::vector<std::pair<std::string, YAML::Node>> spaces;
    for (const auto& node : generator["nodes"]) {
      const YAML::Node named = node["namespaces"];
      if (!named || named.size() == 0) {
        totals_[{true, Text(node["node_name"])}].open.fill(true);
        continue;
      }
      for (const auto& space : named) {
        const auto name = space.first.as<std::string>();
        const auto known = std::ranges::find(spaces, name, &std::pair<std::string, YAML::Node>::first);
        if (known == spaces.end()) {
          spaces.emplace_back(name, node);
        } else {
          known->second.reset(node);
        }
      }
    }
    std::map<std::string, size_t> last;  // by pod name
    size_t number = 0;
    const auto each_pod = [&](const auto& take) {
      number = 0;
      for (const auto& [space, node] : spaces) {
        for (const auto& pod : Of(node, space, "pods")) take(space, node, pod, number++);
      }
    };
    each_pod([&](const auto&, const auto&, const auto& pod, size_t at) { last[Text(pod["pod_name"])] = at; });
    each_pod([&](const std::string& space, const YAML::Node& node, const YAML::Node& pod, size_t at) {
      const std::string name = Text(pod["pod_name"]);
      if (name.empty() || last[name] == at) AddPod(space, node, pod, hours);
    });
    for (const auto& [space, node] : spaces) {
      for (const auto& volume : Of(node, space, "volumes")) AddVolume(space, volume, hours);
    }
    return arrow::Status::OK();
  }

  static YAML::Node Of(const YAML::Node& node, const std::string& space, const char* what) {
    const YAML::Node spec = node["namespaces"][space];
    return spec && spec.IsMap() && spec[what] ? spec[what] : YAML::Node();
  }

  void AddPod(const std::string& space, const YAML::Node& node, const YAML::Node& pod, const Hours& hours) {
    const std::string node_name = Text(node["node_name"]);
    nodes_of_pod_[{space, Text(pod["pod_name"])}].insert(node_name);
    const double seconds = Number(pod["pod_seconds"]).value_or(0);
    const auto add = [&](size_t at, const char* usage, const char* request, const char* limit,
                         std::optional<double> capacity, Values* values) {
      const auto most = pod[limit] ? Min(Number(pod[limit]), capacity) : capacity;
      const auto asked = Min(Number(pod[request]), most);
      const auto used = SumUsage(pod[usage], most, hours);
      const auto count = static_cast<double>(hours.size());
      if (seconds == 0) return;  // drawn at random
      if (used) (*values)[at] = *used * seconds / 3600;
      if (asked) (*values)[at + 1] = *asked * count * seconds / 3600;
      if (most) (*values)[at + 2] = *most * count * seconds / 3600;
    };
    Values values;
    add(0, "cpu_usage", "cpu_request", "cpu_limit", Number(node["cpu_cores"]), &values);
    add(3, "mem_usage_gig", "mem_request_gig", "mem_limit_gig", Number(node["memory_gig"]), &values);
    Add({false, space}, values, 0, kFirstVolumeMeasure);
    Add({true, node_name}, values, 0, kFirstVolumeMeasure);
  }

  void AddVolume(const std::string& space, const YAML::Node& volume, const Hours& hours) {
    double size = Number(volume["volume_request_gig"]).value_or(0);
    if (size == 0) size = 100;
    const double months = 1.0 / (24 * DaysIn(MonthOf(period_.first_day)));
    const auto count = static_cast<double>(hours.size());
    double claimed = 0;
    for (const auto& claim : volume["volume_claims"]) {
      if (size - claimed <= 1) break;  // as nise does
      const double capacity = Number(claim["capacity_gig"]).value_or(size);
      claimed += capacity;
      Claim& added = claims_.emplace_back();
      added.space = space;
      added.pod = Text(claim["pod_name"]);
      added.volume = Text(volume["volume_name"]);
      added.values[kFirstVolumeMeasure] = capacity * count * months;
      added.values[kFirstVolumeMeasure + 1] = size * count * months;
      const auto used = SumUsage(claim["volume_claim_usage_gig"], capacity, hours);
      if (used) added.values[kFirstVolumeMeasure + 2] = *used * months;
    }
  }

  // A claim lies on the node of its pod; one whose volume is on several is shared out between them by day.
  void AddClaims() {
    std::map<std::string, std::set<std::string>> nodes_of_volume;
    for (const Claim& claim : claims_) {
      nodes_of_volume[claim.volume].merge(std::set(nodes_of_pod_[{claim.space, claim.pod}]));
    }
    for (Claim& claim : claims_) {
      if (nodes_of_volume[claim.volume].size() > 1) claim.values = {};
      Add({false, claim.space}, claim.values, kFirstVolumeMeasure, kTotalMeasures.size());
      for (const auto& node : nodes_of_pod_[{claim.space, claim.pod}]) {
        Add({true, node}, claim.values, kFirstVolumeMeasure, kTotalMeasures.size());
      }
    }
  }

  void Add(const TotalOf& of, const Values& values, size_t first, size_t end) {
    FixedTotal& total = totals_[of];
    for (size_t i = first; i < end; ++i) {
      total.values[i] += values[i].value_or(0);
      total.open[i] = total.open[i] || !values[i];
    }
  }

  const std::string path_;
  const ReportPeriod period_;
  FixedTotals totals_;
  std::map<std::pair<std::string, std::string>, std::set<std::string>> nodes_of_pod_;  // namespace, pod
  std::vector<Claim> claims_;
};

std::string Line(const std::string& what, const char* unit, double expected, double actual, double percent) {
  const double shown = std::round(percent * 1e4) / 1e4 + 0.0;  // no -0.0000
  return fmt::format("  {:<52} {:>14.4f} {:>14.4f} {:<11}{:>+10.4f} %", what, expected, actual, unit, shown);
}

}  // namespace

bool IsStaticReport(const std::string& name) { return name.ends_with(".yml") || name.ends_with(".yaml"); }

arrow::Result<FixedTotals> ReadStaticReport(const std::string& path, const ReportPeriod& period) {
  try {
    return StaticReport(path, period).Read();
  } catch (const YAML::Exception& error) {
    return InputError("{}:{}: {}", path, error.mark.line + 1, error.msg);
  }
}

void SummedRows::Add(const arrow::RecordBatch& batch) {
  const auto text = [&](int column, int64_t row) -> std::string {
    const auto& values = static_cast<const arrow::DictionaryArray&>(*batch.column(column));
    if (values.IsNull(row)) return {};
    return static_cast<const arrow::StringArray&>(*values.dictionary()).GetString(values.GetValueIndex(row));
  };
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (batch.column(kInfrastructureUsageCostColumn)->IsNull(row)) continue;  // unallocated
    auto& space = sums_[{false, text(kNamespaceColumn, row)}];
    auto& node = sums_[{true, text(kNodeColumn, row)}];
    for (size_t i = 0; i < kTotalMeasures.size(); ++i) {
      const auto& column = static_cast<const arrow::DoubleArray&>(
          *batch.column(kFirstMeasure + static_cast<int>(kTotalMeasures[i])));
      if (column.IsNull(row)) continue;
      space[i] += column.Value(row);
      node[i] += column.Value(row);
    }
  }
}

double SummedRows::Of(const TotalOf& of, size_t measure) const {
  const auto found = sums_.find(of);
  return found == sums_.end() ? 0 : found->second[measure];
}

double CheckedTotal::percent() const {
  if (expected == actual) return 0;
  return expected == 0 ? 100 : (actual - expected) / expected * 100;
}

bool CheckedTotal::equal() const { return std::fabs(actual - expected) <= kTolerance * std::fabs(expected); }

arrow::Result<std::vector<CheckedTotal>> CheckTotals(const std::string& name, const FixedTotals& fixed,
                                                     const SummedRows& sums, const RowKindSet& kinds) {
  std::vector<CheckedTotal> checked;
  size_t different = 0;
  std::string lines;
  for (const auto& [of, total] : fixed) {
    if (of.name.empty()) continue;  // drawn at random
    for (size_t i = 0; i < kTotalMeasures.size(); ++i) {
      if (total.open[i] || !(i < kFirstVolumeMeasure ? kinds.pod : kinds.storage)) continue;
      const CheckedTotal& one = checked.emplace_back(of, i, total.values[i], sums.Of(of, i));
      if (one.equal() || ++different > kShown) continue;
      lines += '\n' + Line(fmt::format("{} {}: {}", of.node ? "node" : "namespace", of.name, kTitles[i]),
                           kUnits[i], one.expected, one.actual, one.percent());
    }
  }
  if (checked.empty()) return UsageError("--validate-expected {}: fixes no total of this run's rows", name);
  if (different == 0) return checked;
  return MakeError(ErrorKind::kAnomaly,
                   fmt::format("--validate-expected: {} of {} totals differ from those that {} fixes "
                               "(expected, actual, difference)\n{}different:{}",
                               different, checked.size(), name, CheckedTable(checked), lines));
}

std::string CheckedTable(const std::vector<CheckedTotal>& checked) {
  std::string out = fmt::format("  {:<52} {:>14} {:>14} {:<11}{:>12}\n", "validated totals", "expected",
                                "actual", "", "difference");
  for (size_t i = 0; i < kTotalMeasures.size(); ++i) {
    double expected = 0, actual = 0, percent = 0;
    size_t spaces = 0, nodes = 0;
    for (const CheckedTotal& one : checked) {
      if (one.measure != i) continue;
      if (std::fabs(one.percent()) > std::fabs(percent)) percent = one.percent();
      ++(one.of.node ? nodes : spaces);
      if (one.of.node) continue;
      expected += one.expected;
      actual += one.actual;
    }
    if (spaces + nodes == 0) continue;
    const auto what = fmt::format("{} ({} namespaces, {} nodes)", kTitles[i], spaces, nodes);
    out += Line(what, kUnits[i], expected, actual, percent) + '\n';
  }
  return out;
}

}  // namespace costream
