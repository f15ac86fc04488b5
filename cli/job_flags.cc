#include "job_flags.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <sstream>

#include "base/error.h"
#include "choice.h"
#include "job/log.h"
#include "log_lines.h"
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

std::optional<Month> MonthOfFlag(const std::string& text) {
  if (text != "current" && text != "previous") return ParseMonth(text);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const Day today = static_cast<Day>(std::chrono::duration_cast<std::chrono::hours>(now).count() / 24);
  const Month current = MonthOf(today);
  return text == "current" ? current : MonthOf(FirstDay(current) - 1);
}

// 64 bits as text.
std::string RandomId() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

// Each line names the run; its source and month may be known only when it is planned.
void StartLogOf(const JobFlags& flags) {
  const RunOptions& options = flags.options;
  SetLogFormat(flags.logging.format);
  spdlog::set_level(spdlog::level::from_str(flags.logging.level));
  SetLogContext({flags.tracing_id, IsPostgresTarget(options.target) ? options.sink.schema : "",
                 options.source.value_or(""), options.month ? FormatMonth(*options.month) : ""});
}

}  // namespace

arrow::Result<Day> DayOfFlag(std::string_view flag, const std::string& text) {
  if (const auto day = ParseDay(text)) return *day;
  return UsageError("{} {}: write it like 2025-11-01", flag, text);
}

void AddPayloadFlags(CLI::App* command, PayloadLimits* limits) {
  command
      ->add_option("--payload-max-bytes", limits->max_bytes,
                   "Most bytes that a payload may unpack to (default 8GiB)")
      ->transform(CLI::AsSizeValue(false));
  command->add_option("--payload-max-members", limits->max_members, "Most members that a payload may have")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

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
  AddPayloadFlags(command, &options.payload_limits);
  AddChoice<UsageFrom>(
      command, "--usage-from", &options.usage_from, "Table for usage and storage",
      {{"auto", UsageFrom::kAuto}, {"hourly", UsageFrom::kHourly}, {"daily", UsageFrom::kDaily}});
  AddChoice<std::optional<Layout>>(
      command, "--layout", &options.layout, "Layout of Parquet trees, where the input holds both",
      {{"auto", std::nullopt}, {"flat", Layout::kFlat}, {"koku", Layout::kKoku}});
  AddS3Flags(command, &options.s3);
  command->add_flag("--trust-paths", options.trust_paths,
                    "Skip files whose path names other days (year=, month=, day=)");
  command
      ->add_option("--log-format", flags->logging.format,
                   "auto (text on a terminal, else JSON), text or json")
      ->check(CLI::IsMember({"auto", "text", "json"}))
      ->capture_default_str();
  command->add_option("--tracing-id", flags->tracing_id, "Names the run in each JSON line (default: random)");
  command->add_option("--log-level", flags->logging.level, "debug, info, warning, error, off")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}))
      ->capture_default_str();
}

void AddSourceFlag(CLI::App* command, JobFlags* flags) {
  command->add_option("--source", flags->options.source, "Source (provider) UUID");
}

void AddDayFlags(CLI::App* command, JobFlags* flags) {
  command->add_option("--month", flags->month,
                      "Month, like 2025-11; current and previous: by the clock, UTC");
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

arrow::Status ReadJobFlags(JobFlags* flags) {
  RunOptions& options = flags->options;
  if (flags->tracing_id.empty()) flags->tracing_id = RandomId();
  if (!flags->month.empty() && !(options.month = MonthOfFlag(flags->month))) {
    return UsageError("--month {}: write it like 2025-11, or current or previous", flags->month);
  }
  if (!flags->start.empty()) {
    ARROW_ASSIGN_OR_RAISE(options.start, DayOfFlag("--start", flags->start));
  }
  if (!flags->end.empty()) {
    ARROW_ASSIGN_OR_RAISE(options.end, DayOfFlag("--end", flags->end));
  }
  if (!flags->rows.empty()) ARROW_RETURN_NOT_OK(ParseRows(flags->rows, &options.rows));
  if (flags->config.empty()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(flags->file, ReadConfigFile(flags->config));
  return arrow::Status::OK();
}

arrow::Result<EffectiveSettings> ResolveJobFlags(JobFlags* flags) {
  const Environment environment = [](const std::string& name) -> std::optional<std::string> {
    const char* const value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  GivenFlags given;
  for (const CLI::Option* option : flags->command->get_options()) {
    if (option->count() > 0) given[option->get_name()] = CLI::detail::join(option->results(), ",");
  }
  if (flags->options.source) given["--source"] = *flags->options.source;  // one of several
  return ApplySettings(flags->file ? &*flags->file : nullptr, environment, given, &flags->options,
                       &flags->logging);
}

arrow::Result<EffectiveSettings> FinishJobFlags(JobFlags* flags) {
  EnterPhase("");  // a run of another source may have been before
  SetLogContext({flags->tracing_id, "", flags->options.source.value_or(""), ""});
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
  StartLogOf(*flags);
  for (const std::string& note : settings.notes) spdlog::info("{}", note);
  options.cancelled = [] { return CaughtSignal() != 0; };
  options.on_planned = [](const RunIdentity& identity, Month month) {
    LogContext context = GetLogContext();
    context.source = identity.source;
    context.month = FormatMonth(month);
    SetLogContext(std::move(context));
  };
  return settings;
}

}  // namespace costream
