#include "config/settings.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "config/text_values.h"

namespace costream {
namespace {

using Text = const std::string&;
using Target = const SettingsTarget&;

template <auto Field>
arrow::Status SetOption(Text text, Target target) {
  target.options->*Field = text;
  return arrow::Status::OK();
}

template <std::string S3Settings::* Field>
arrow::Status SetS3(Text text, Target target) {
  target.options->s3.*Field = text;
  return arrow::Status::OK();
}

template <bool RowKindSet::* Field>
arrow::Status SetRows(Text text, Target target) {
  return ParseBool(text).Value(&(target.options->rows.*Field));
}

arrow::Status SetSchema(Text text, Target target) {
  target.options->sink.schema = text;
  return arrow::Status::OK();
}

arrow::Status SetReportPeriod(Text text, Target target) {
  ARROW_ASSIGN_OR_RAISE(target.options->report_period_id, ParseInteger(text, 0, INT64_MAX));
  return arrow::Status::OK();
}

template <bool RunOptions::* Field>
arrow::Status SetSwitch(Text text, Target target) {
  return ParseBool(text).Value(&(target.options->*Field));
}

arrow::Status SetMode(Text text, Target target) {
  if (LowerCase(text) == "auto") {
    target.options->mode = Mode::kAuto;
    return arrow::Status::OK();
  }
  const auto streaming = ParseBool(text);
  if (!streaming.ok()) return UsageError("'{}' is none of true, false and auto", text);
  target.options->mode = *streaming ? Mode::kStreaming : Mode::kInMemory;
  return arrow::Status::OK();
}

arrow::Status SetChunkSize(Text text, Target target) {
  return ParseInteger(text, 1, int64_t{1} << 40).Value(&target.options->chunk_size);
}

arrow::Status SetThreshold(Text text, Target target) {
  return ParseInteger(text, 0, INT64_MAX).Value(&target.options->streaming_threshold_rows);
}

arrow::Status SetMemoryLimit(Text text, Target target) {
  ARROW_ASSIGN_OR_RAISE(target.options->memory_limit_bytes, ParseSize(text));
  return arrow::Status::OK();
}

arrow::Status SetThreads(Text text, Target target) {
  ARROW_ASSIGN_OR_RAISE(const int64_t threads, ParseInteger(text, 0, 1024));
  target.options->threads = static_cast<int>(threads);
  return arrow::Status::OK();
}

// Python's names of levels are known, too.
arrow::Status SetLogLevel(Text text, Target target) {
  std::string level = LowerCase(text);
  if (level == "warn") level = "warning";
  if (level == "critical" || level == "fatal") level = "error";
  if (level != "debug" && level != "info" && level != "warning" && level != "error" && level != "off") {
    return UsageError("'{}' is no level; use debug, info, warning, error or off", text);
  }
  target.logging->level = level;
  return arrow::Status::OK();
}

// The prototype's name of text is known, too.
arrow::Status SetLogFormat(Text text, Target target) {
  std::string format = LowerCase(text);
  if (format == "console") format = "text";
  if (format != "auto" && format != "text" && format != "json") {
    return UsageError("'{}' is no format; use auto, text, console or json", text);
  }
  target.logging->format = format;
  return arrow::Status::OK();
}

template <std::string MetricsTarget::* Field>
arrow::Status SetMetrics(Text text, Target target) {
  target.options->metrics.*Field = text;
  return arrow::Status::OK();
}

arrow::Status SetVerifying(Text text, Target target) {
  ARROW_ASSIGN_OR_RAISE(target.options->s3.verify_tls, ParseBool(text));
  if (!target.options->s3.verify_tls) {
    target.notes->push_back(
        "s3.verify_ssl: whoever is at the endpoint is taken for the store; AWS_CA_BUNDLE, the file of an "
        "authority of your own, is safer");
  }
  return arrow::Status::OK();
}

std::vector<Setting> MakeSettings() {
  const std::string month = "--month";
  const S3Variables& s3 = VariablesOfS3();
  return {
      {"s3.endpoint", s3.endpoint, "--s3-endpoint", "", SetS3<&S3Settings::endpoint>},
      {"s3.access_key", s3.access_key, "", "", SetS3<&S3Settings::access_key>, true},
      {"s3.secret_key", s3.secret_key, "", "", SetS3<&S3Settings::secret_key>, true},
      {"s3.bucket", s3.bucket, "", "cost-management"},
      {"s3.region", s3.region, "--s3-region", "us-east-1", SetS3<&S3Settings::region>},
      {"s3.use_ssl", {}, "", "false"},
      {"s3.verify_ssl", {}, "", "true", SetVerifying},
      {"postgresql.host", {"PGHOST", "POSTGRES_HOST", "DATABASE_HOST"}, "", ""},
      {"postgresql.port", {"PGPORT", "POSTGRES_PORT", "DATABASE_PORT"}, "", "5432"},
      {"postgresql.database", {"PGDATABASE", "POSTGRES_DB", "DATABASE_NAME"}, "", ""},
      {"postgresql.user", {"PGUSER", "POSTGRES_USER", "DATABASE_USER"}, "", ""},
      {"postgresql.password",
       {"PGPASSWORD", "POSTGRES_PASSWORD", "DATABASE_PASSWORD"},
       "",
       "",
       nullptr,
       true},
      {"postgresql.schema", {"POSTGRES_SCHEMA"}, "--schema", "public", SetSchema},
      {"organization.org_id", {"ORG_ID"}, "--org", "", SetOption<&RunOptions::org>},
      {"ocp.provider_uuid", {"OCP_PROVIDER_UUID"}, "--source", "", SetOption<&RunOptions::source>},
      {"ocp.cluster_id", {"OCP_CLUSTER_ID"}, "--cluster-id", "", SetOption<&RunOptions::cluster_id>},
      {"ocp.cluster_alias",
       {"OCP_CLUSTER_ALIAS"},
       "--cluster-alias",
       "",
       SetOption<&RunOptions::cluster_alias>},
      {"ocp.report_period_id", {}, "--report-period-id", "", SetReportPeriod},
      {"ocp.year", {"POC_YEAR", "OCP_YEAR"}, month, ""},
      {"ocp.month", {"POC_MONTH", "OCP_MONTH"}, month, ""},
      {"ocp.start_date", {"OCP_START_DATE"}, "--start", ""},
      {"ocp.end_date", {"OCP_END_DATE"}, "--end", ""},
      {"ocp.parquet_path_pod", {}, "", ""},
      {"ocp.parquet_path_pod_hourly", {}, "", ""},
      {"ocp.parquet_path_storage", {}, "", ""},
      {"ocp.parquet_path_node_labels", {}, "", ""},
      {"ocp.parquet_path_namespace_labels", {}, "", ""},
      {"performance.use_streaming", {"USE_STREAMING"}, "--mode", "auto", SetMode},
      {"performance.streaming_threshold_rows", {}, "", "50000", SetThreshold},
      {"performance.chunk_size", {"CHUNK_SIZE"}, "--chunk-size", "50000", SetChunkSize},
      {"performance.memory_limit", {}, "--memory-limit", "128MiB", SetMemoryLimit},
      {"performance.threads",
       {},
       "--threads",
       "",
       SetThreads,
       false,
       {"performance.max_workers", "performance.parallel_readers"}},
      {"performance.use_categorical", {}, "", "true", SetSwitch<&RunOptions::use_categorical>},
      {"performance.column_filtering", {}, "", "true", SetSwitch<&RunOptions::column_filtering>},
      {"features.pod_aggregation", {}, "--rows", "true", SetRows<&RowKindSet::pod>},
      {"features.storage_aggregation", {}, "--rows", "true", SetRows<&RowKindSet::storage>},
      {"features.unallocated_capacity", {}, "--rows", "true", SetRows<&RowKindSet::unallocated>},
      {"features.cost_category", {}, "", "true", SetSwitch<&RunOptions::cost_categories>},
      {"logging.level", {"LOG_LEVEL"}, "--log-level", "info", SetLogLevel},
      {"logging.format", {}, "--log-format", "auto", SetLogFormat},
      {"metrics.file", {}, "--metrics-file", "", SetMetrics<&MetricsTarget::file>},
      {"metrics.push_url", {}, "--metrics-push", "", SetMetrics<&MetricsTarget::push_url>},
  };
}

// Insertions, deletions and replacements of a character from one to the other.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::string_view LastPart(std::string_view key) { return key.substr(key.find_last_of('.') + 1); }

// A right name in the wrong section is near, too.
size_t Distance(std::string_view key, std::string_view known) {
  return std::min(EditDistance(key, known), EditDistance(LastPart(key), LastPart(known)) + 1);
}

std::vector<std::string> KnownKeys() {
  std::vector<std::string> keys;
  for (const Setting& setting : AllSettings()) {
    keys.push_back(setting.key);
    keys.insert(keys.end(), setting.also.begin(), setting.also.end());
  }
  for (const IdleKey& idle : AllIdleKeys()) {
    if (!idle.key.ends_with('*')) keys.push_back(idle.key);
  }
  return keys;
}

}  // namespace

const std::vector<Setting>& AllSettings() {
  static const std::vector<Setting> settings = MakeSettings();
  return settings;
}

const std::vector<IdleKey>& AllIdleKeys() {
  static const std::string pandas = "it is about the memory of pandas";
  static const std::string always = "it is always so";
  static const std::string never = "there is no such thing here";
  static const std::vector<IdleKey> keys = {
      {"organization.*", "nothing but org_id counts"},
      {"performance.gc_after_aggregation", pandas},
      {"performance.delete_intermediate_dfs", pandas},
      {"performance.cache_enabled_tags", always},
      {"performance.use_arrow_compute", always},
      {"performance.use_bulk_copy", always},
      {"performance.parallel_chunks", "threads share the work by themselves"},
      {"performance.db_batch_size", "rows go to the database in one stream"},
      {"logging.show_sql", never},
      {"validation.enabled", "give --validate-expected FILE"},
      {"validation.tolerance", "give --validate-expected FILE"},
      {"validation.sample_size", "all rows are compared"},
      {"validation.trino.*", never},
      {"aws.*", "cloud matching is not there yet"},
      {"cost.*", "markup is not there yet"},
  };
  return keys;
}

const IdleKey* FindIdle(std::string_view key) {
  if (std::ranges::find(AllSettings(), key, &Setting::key) != AllSettings().end()) return nullptr;
  for (const IdleKey& idle : AllIdleKeys()) {
    const std::string_view name = idle.key;
    if (name == key || (name.ends_with('*') && key.starts_with(name.substr(0, name.size() - 1))))
      return &idle;
  }
  return nullptr;
}

arrow::Status CheckKey(const std::string& key) {
  static const std::vector<std::string> known = KnownKeys();
  if (std::ranges::find(known, key) != known.end() || FindIdle(key)) return arrow::Status::OK();
  const auto nearest =
      std::ranges::min_element(known, {}, [&](const std::string& other) { return Distance(key, other); });
  return UsageError("{} is no key; did you mean {}?", key, *nearest);
}

}  // namespace costream
