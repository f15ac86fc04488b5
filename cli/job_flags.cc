#include "job_flags.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <sstream>

#include "base/error.h"
#include "choice.h"
#include "signals.h"
#include "source/postgres_target.h"

namespace costream {
namespace {

arrow::Status ParseRows(const std::string& text, RowKindSet* rows) {
  *rows = {false, false, false};
  std::stringstream kinds(text);
  for (std::string kind; std::getline(kinds, kind, ',');) {
    if (kind == "pod") {
      rows->pod = true;
    } else if (kind == "storage") {
      rows->storage = true;
    } else if (kind == "unallocated") {
      rows->unallocated = true;
    } else {
      return UsageError("--rows {}: '{}' is no kind of row; use pod, storage, unallocated", text, kind);
    }
  }
  if (!rows->pod && !rows->storage && !rows->unallocated)
    return UsageError("--rows: name at least one of pod, storage, unallocated");
  return arrow::Status::OK();
}

}  // namespace

void AddS3Flags(CLI::App* command, S3Settings* s3) {
  command->add_option(
      "--s3-endpoint", s3->endpoint,
      "S3 store other than AWS, like http://127.0.0.1:9000 (default AWS_ENDPOINT_URL, S3_ENDPOINT)");
  command->add_option("--s3-region", s3->region, "Region (default AWS_REGION, S3_REGION, us-east-1)");
  command->add_option("--s3-timeout", s3->timeout_seconds, "Seconds to keep trying a request that fails")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  command->add_flag("--s3-virtual-addressing", s3->virtual_addressing,
                    "Name the bucket in the host, not in the path, where an endpoint is given");
}

void AddInputFlags(CLI::App* command, JobFlags* flags) {
  flags->command = command;
  RunOptions& options = flags->options;
  command->add_option("INPUT", options.inputs,
                      "Report files (.csv, .csv.gz, .parquet), payloads (.tar.gz) or directories of them");
  command->add_option("--config", flags->config,
                      "YAML file with settings, inputs and target; flags and environment beat it");
  command->add_option(
      "--reference", options.reference,
      "Tag keys, cost categories, node roles: a JSON file, or postgresql://... (the default with --to "
      "postgresql://...)");
  command->add_option("--source", options.source, "Source (provider) UUID");
  command->add_option("--org", options.org, "Organization, where the input holds several");
  command->add_option("--cluster-id", options.cluster_id, "cluster_id of every row");
  command->add_option("--cluster-alias", options.cluster_alias, "cluster_alias of every row");
  command->add_option("--report-period-id", options.report_period_id, "report_period_id of every row");
  command
      ->add_option("--schema", options.sink.schema,
                   "PostgreSQL: schema of the tables, also those of reference data")
      ->capture_default_str();
  command
      ->add_option("--threads", options.threads,
                   "Worker threads (default: one a processor, as far as the memory limit goes)")
      ->check(CLI::Range(1, 1024));
  command
      ->add_option("--payload-max-bytes", options.payload_limits.max_bytes,
                   "Most bytes that a payload may unpack to (default 8GiB)")
      ->transform(CLI::AsSizeValue(false));
  command
      ->add_option("--payload-max-members", options.payload_limits.max_members,
                   "Most members that a payload may have")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  AddChoice<UsageFrom>(
      command, "--usage-from", &options.usage_from, "Table for usage and storage",
      {{"auto", UsageFrom::kAuto}, {"hourly", UsageFrom::kHourly}, {"daily", UsageFrom::kDaily}});
  AddChoice<std::optional<Layout>>(
      command, "--layout", &options.layout, "Layout of Parquet trees, where the input holds both",
      {{"auto", std::nullopt}, {"flat", Layout::kFlat}, {"koku", Layout::kKoku}});
  AddS3Flags(command, &options.s3);
  command->add_flag("--trust-paths", options.trust_paths,
                    "Skip files whose path names other days (year=, month=, day=)");
  command->add_option("--log-level", flags->log_level, "debug, info, warning, error, off")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}))
      ->capture_default_str();
}

void AddDayFlags(CLI::App* command, JobFlags* flags) {
  command->add_option("--month", flags->month, "Month, like 2025-11");
  command->add_option("--start", flags->start, "First day, like 2025-11-01");
  command->add_option("--end", flags->end, "Last day, inclusive");
  command->add_option("--rows", flags->rows, "Kinds of rows to make, of pod, storage, unallocated")
      ->default_str("pod,storage,unallocated");
}

void AddTargetFlags(CLI::App* command, JobFlags* flags) {
  RunOptions& options = flags->options;
  command
      ->add_option("--to", options.target,
                   "Where the rows go: x.parquet, x.csv, DIR/ (Parquet by source and day), sqlite:x.db, "
                   "postgresql://..., or - for CSV on stdout")
      ->check([](const std::string& target) {
        return target.empty() ? "is empty; name a file or directory, or leave the flag out" : "";
      });
  command->add_flag("--allow-empty", options.sink.allow_empty,
                    "Replace existing rows also by nothing, where the input has no row of a day");
  AddChoice<ReplaceRule>(command, "--replace", &options.sink.replace,
                         "PostgreSQL: rows to replace; koku: those of the report period, cost model included",
                         {{"own", ReplaceRule::kOwn}, {"koku", ReplaceRule::kKoku}});
  command->add_flag("--create-partitions", options.sink.create_partitions,
                    "PostgreSQL: make the month's partition where it is absent");
  command->add_flag("--truncate", options.sink.truncate,
                    "PostgreSQL: delete the rows of every source and month first; asks, or needs --yes");
}

arrow::Result<EffectiveSettings> ResolveJobFlags(JobFlags* flags) {
  RunOptions& options = flags->options;
  if (!flags->month.empty() && !(options.month = ParseMonth(flags->month))) {
    return UsageError("--month {}: write it like 2025-11", flags->month);
  }
  if (!flags->start.empty() && !(options.start = ParseDay(flags->start))) {
    return UsageError("--start {}: write it like 2025-11-01", flags->start);
  }
  if (!flags->end.empty() && !(options.end = ParseDay(flags->end))) {
    return UsageError("--end {}: write it like 2025-11-30", flags->end);
  }
  if (!flags->rows.empty()) ARROW_RETURN_NOT_OK(ParseRows(flags->rows, &options.rows));
  std::optional<ConfigFile> file;
  if (!flags->config.empty()) {
    ARROW_ASSIGN_OR_RAISE(file, ReadConfigFile(flags->config));
  }
  const Environment environment = [](const std::string& name) -> std::optional<std::string> {
    const char* const value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  GivenFlags given;
  for (const CLI::Option* option : flags->command->get_options()) {
    if (option->count() > 0) given[option->get_name()] = CLI::detail::join(option->results(), ",");
  }
  return ApplySettings(file ? &*file : nullptr, environment, given, &options, &flags->log_level);
}

arrow::Status FinishJobFlags(JobFlags* flags) {
  ARROW_ASSIGN_OR_RAISE(const EffectiveSettings settings, ResolveJobFlags(flags));
  RunOptions& options = flags->options;
  if (options.inputs.empty()) {
    return UsageError(
        "no INPUT: name report files or directories, or give --config with s3 and ocp.parquet_path_* in it");
  }
  if (!options.rows.pod && !options.rows.storage && !options.rows.unallocated) {
    return UsageError("features: all of pod, storage and unallocated are switched off");
  }
  const SinkOptions& sink = options.sink;
  if (!IsPostgresTarget(options.target) &&
      (sink.truncate || sink.create_partitions || sink.replace != ReplaceRule::kOwn)) {
    return UsageError(
        "--truncate, --create-partitions and --replace koku are for a database (--to postgresql://...)");
  }
  spdlog::set_level(spdlog::level::from_str(flags->log_level));
  for (const std::string& note : settings.notes) spdlog::info("{}", note);
  options.cancelled = [] { return CaughtSignal() != 0; };
  return arrow::Status::OK();
}

}  // namespace costream
