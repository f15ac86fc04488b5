#include "generate/generate.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

#include "generate/month_writer.h"

namespace costream {
namespace {

namespace fs = std::filesystem;

arrow::Result<std::chrono::year_month> ParseMonth(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  const char* end = text.data() + text.size();
  bool valid = text.size() == 7 && text[4] == '-' && text.find_first_not_of("0123456789-") == text.npos;
  valid = valid && std::from_chars(text.data(), text.data() + 4, year).ptr == text.data() + 4;
  valid = valid && std::from_chars(text.data() + 5, end, month).ptr == end;
  const auto result = std::chrono::year(year) / std::chrono::month(month);
  if (!valid || year < 1970 || !result.ok()) {
    return arrow::Status::Invalid("The month '", text, "' is not of the form YYYY-MM (from 1970-01)");
  }
  return result;
}

// `value` becomes a directory name.
arrow::Status CheckPathPart(const char* what, const std::string& value) {
  if (value.empty() || value == "." || value == ".." || value.find('/') != value.npos ||
      value.find('\0') != value.npos) {
    return arrow::Status::Invalid("The ", what, " '", value, "' cannot be part of a path");
  }
  return arrow::Status::OK();
}

// Makes `out`, and makes sure that it holds no generated data, not even part of it.
arrow::Status PrepareDirectory(const std::string& out) {
  if (out.empty()) return arrow::Status::Invalid("No output directory given");
  std::error_code error;
  fs::create_directories(out, error);
  if (error) return arrow::Status::IOError("Cannot create the directory ", out, ": ", error.message());
  fs::directory_iterator entry(out, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name == "data" || name == "reference.json" ||
        (name.starts_with("pod_usage-") && name.ends_with(".csv"))) {
      return arrow::Status::Invalid(out, " already holds ", name, ": choose another directory");
    }
  }
  if (error) return arrow::Status::IOError("Cannot read the directory ", out, ": ", error.message());
  return arrow::Status::OK();
}

arrow::Status WriteReference(const GenerateOptions& options, const Cluster& cluster) {
  nlohmann::ordered_json reference;
  reference["month"] = options.month;
  reference["org_id"] = options.org;
  reference["source_uuid"] = options.source;
  reference["cluster_id"] = kGeneratedClusterId;
  reference["cluster_alias"] = "Generated cluster";
  reference["report_period_id"] = 1;
  // Half of the keys that pods have, and the nodes' zone.
  reference["enabled_tag_keys"] = {"app", "env", "team", "tier", "version", "pipeline_run", "zone"};
  reference["disabled_tag_keys"] = {"pod_template_hash",
                                    "app_kubernetes_io_managed_by",
                                    "app_kubernetes_io_instance",
                                    "app_kubernetes_io_part_of",
                                    "helm_sh_chart",
                                    "release"};
  for (const char* pattern : {"openshift-%", "kube-%", "Platform unallocated"}) {
    reference["cost_categories"].push_back({{"namespace", pattern}, {"cost_category_id", 1}});
  }
  for (const Node& node : cluster.nodes()) {
    nlohmann::ordered_json role;
    role["node"] = node.name;
    role["resource_id"] = node.resource_id;
    role["node_role"] = node.role;
    reference["node_roles"].push_back(std::move(role));
  }
  const std::string path = options.out + "/reference.json";
  std::ofstream file(path, std::ios::binary);
  file << reference.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  file.close();
  if (!file) return arrow::Status::IOError("Cannot write ", path);
  return arrow::Status::OK();
}

}  // namespace

arrow::Result<GenerateResult> Generate(const GenerateOptions& options) {
  if (options.rows < 1)
    return arrow::Status::Invalid("The number of rows must be at least 1, not ", options.rows);
  ARROW_ASSIGN_OR_RAISE(const std::chrono::year_month month, ParseMonth(options.month));
  ARROW_RETURN_NOT_OK(CheckPathPart("source", options.source));
  ARROW_RETURN_NOT_OK(CheckPathPart("organization", options.org));
  ARROW_RETURN_NOT_OK(PrepareDirectory(options.out));
  MonthWriter writer(options, month);
  ARROW_RETURN_NOT_OK(writer.Run());
  ARROW_RETURN_NOT_OK(WriteReference(options, writer.cluster()));
  return writer.result();
}

}  // namespace costream
