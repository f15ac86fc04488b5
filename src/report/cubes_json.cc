#include "report/cubes_json.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <span>

#include "base/error.h"

namespace costream {
namespace {

using nlohmann::json;

constexpr size_t kMostRunBytes = size_t{16} << 20, kMostListed = 200;

// By pod and capacity measure.
constexpr const char* kHourNames[kNodeMeasures] = {"cpu_used",
                                                   "cpu_requested",
                                                   "cpu_effective",
                                                   "cpu_limit",
                                                   "memory_used",
                                                   "memory_requested",
                                                   "memory_effective",
                                                   "memory_limit",
                                                   "cpu_unallocated",
                                                   "memory_unallocated",
                                                   "cpu_unallocated_effective",
                                                   "memory_unallocated_effective",
                                                   "cpu_capacity",
                                                   "memory_capacity"};
constexpr const char* kStorageNames[kVolumeMeasures] = {"capacity", "requested", "used"};

std::string Quoted(const std::optional<std::string>& text) {
  return text ? json(*text).dump(-1, ' ', false, json::error_handler_t::replace) : "null";
}

// An array of what `write` appends for each item.
template <typename Items, typename Write>
void AppendList(const Items& items, std::string* out, const Write& write) {
  *out += '[';
  bool first = true;
  for (const auto& item : items) {
    if (!first) *out += ',';
    first = false;
    write(item);
  }
  *out += ']';
}

// {"names":[..],"others":null,"places":2,"total":{measure:[..]},"by_day":{measure:[[..],..]}}
void AppendTable(const SliceTable& table, std::span<const char* const> measures, std::string* out) {
  *out += "{\"names\":";
  size_t at = 0;
  std::optional<size_t> others;
  AppendList(table.slices(), out, [&](const SliceTable::Slice& slice) {
    if (slice.others) others = at;
    ++at;
    *out += Quoted(slice.name);
  });
  *out += fmt::format(",\"others\":{},\"places\":{},\"total\":{{", others ? std::to_string(*others) : "null",
                      table.places());
  for (size_t measure = 0; measure < measures.size(); ++measure) {
    *out += fmt::format("{}\"{}\":", measure > 0 ? "," : "", measures[measure]);
    AppendList(table.slices(), out,
               [&](const SliceTable::Slice& slice) { *out += '"' + slice.total[measure].Text() + '"'; });
  }
  *out += "},\"by_day\":{";
  for (size_t i = 0; i < table.daily().size(); ++i) {
    *out += fmt::format("{}\"{}\":", i > 0 ? "," : "", measures[table.daily()[i]]);
    AppendList(table.slices(), out, [&](const SliceTable::Slice& slice) {
      AppendList(slice.by_day[i], out, [&](int64_t value) { *out += std::to_string(value); });
    });
  }
  *out += "}}";
}

void AppendCluster(const std::string& source, const ClusterCubes& cluster, const RunFacts& facts,
                   std::string* out) {
  const auto rows = [&](RowKind kind) { return cluster.rows[static_cast<size_t>(kind)]; };
  *out += fmt::format(
      "{{\"source\":{},\"cluster_id\":{},\"cluster_alias\":{},"
      "\"rows\":{{\"pod\":{},\"storage\":{},\"unallocated\":{}}}",
      Quoted(source), Quoted(cluster.cluster_id), Quoted(cluster.cluster_alias), rows(RowKind::kPod),
      rows(RowKind::kStorage), rows(RowKind::kUnallocated));
  const std::span<const char* const> node_measures(kHourNames);
  const auto pod_measures = node_measures.first(kSlicedMeasures);
  const std::span<const char* const> storage_measures(kStorageNames);
  const auto table = [&](const char* name, const SliceTable& slices, std::span<const char* const> measures) {
    *out += fmt::format(",\"{}\":", name);
    AppendTable(slices, measures, out);
  };
  table("total", cluster.total, node_measures);
  table("nodes", cluster.nodes, node_measures);
  table("namespaces", cluster.namespaces, pod_measures);
  table("unlabelled", cluster.unlabelled, pod_measures);
  table("storage", cluster.storage, storage_measures);
  table("classes", cluster.classes, storage_measures);
  table("claims", cluster.claims, storage_measures);
  *out += ",\"claim_classes\":";
  AppendList(cluster.claims.slices(), out, [&](const SliceTable::Slice& slice) {
    const auto found = cluster.claim_classes.find(slice.name.value_or(""));
    *out += found == cluster.claim_classes.end() ? "null" : Quoted(found->second);
  });
  *out += ",\"labels\":";
  AppendList(cluster.labels, out, [&](const auto& label) {
    *out += fmt::format("{{\"key\":{},\"values\":", Quoted(label.first));
    AppendTable(label.second, pod_measures, out);
    *out += '}';
  });
  *out += fmt::format(",\"label_keys_left_out\":{},\"hours\":{{", cluster.label_keys_left_out);
  for (const auto& [day, hours] : cluster.hours) {
    *out += fmt::format("{}\"{}\":{:.2f}", out->back() == '{' ? "" : ",", day, hours);
  }
  *out += '}';
  const Reconciliation& sums = cluster.reconciliation;
  const auto fact = facts.find(source);
  *out +=
      fmt::format(",\"reconciliation\":{{\"checked\":{},\"differing\":{},\"greatest\":{}}},\"run\":{}}}",
                  sums.checked, sums.differing, sums.greatest, fact == facts.end() ? "null" : fact->second);
}

// The first of a list, and how many more there were.
json Listed(const json& list) {
  json items = json::array();
  for (const auto& item : list) {
    if (items.size() < kMostListed) items.push_back(item);
  }
  return {{"items", items}, {"count", list.size()}};
}

}  // namespace

arrow::Result<RunFacts> ReadRunFacts(const std::vector<std::string>& files) {
  RunFacts facts;
  for (const std::string& file : files) {
    std::ifstream in(file, std::ios::binary);
    std::string text(kMostRunBytes, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(in.gcount()));
    if (in.bad() || !in.eof()) return InputError("{}: cannot be read, or is no closing report", file);
    const json run = json::parse(text, nullptr, /*allow_exceptions=*/false);
    try {
      const json fact = {
          {"missing_hours", Listed(run.at("missing_hours"))}, {"superseded", Listed(run.at("superseded"))},
          {"warnings", Listed(run.at("warnings"))},           {"notes", Listed(run.at("notes"))},
          {"reconciliation", run.at("reconciliation")},       {"input", run.at("input")}};
      facts[run.at("source_uuid").get<std::string>()] =
          fact.dump(-1, ' ', false, json::error_handler_t::replace);
    } catch (const json::exception&) {
      return InputError("{}: is no closing report of `costream run --output json`", file);
    }
  }
  return facts;
}

std::string CubesJson(const ReportCubes& cubes, const std::vector<std::string>& summaries,
                      const RunFacts& facts) {
  std::string out =
      fmt::format("{{\"schema_version\":1,\"month\":\"{}\",\"first_day\":\"{}\",\"last_day\":\"{}\"",
                  FormatMonth(cubes.month), FormatDay(cubes.first_day), FormatDay(cubes.last_day));
  out += ",\"months\":";
  AppendList(cubes.months, &out, [&](Month month) { out += '"' + FormatMonth(month) + '"'; });
  out += ",\"summaries\":";
  AppendList(summaries, &out, [&](const std::string& name) { out += Quoted(name); });
  out += ",\"clusters\":";
  AppendList(cubes.clusters, &out,
             [&](const auto& cluster) { AppendCluster(cluster.first, *cluster.second, facts, &out); });
  out += '}';
  return out;
}

}  // namespace costream
