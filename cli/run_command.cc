// `costream run`: flags -> RunOptions, and what is shown while and after.
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <sstream>

#include "base/error.h"
#include "choice.h"
#include "closing_table.h"
#include "commands.h"
#include "job/pipeline.h"
#include "signals.h"
#include "source/postgres_target.h"

namespace costream {
namespace {

// The flags as given.
struct RunFlags {
  RunOptions options;
  std::string month, start, end, rows = "pod,storage,unallocated", output = "table", log_level = "info";
  bool yes = false;
};

// Asks before all rows of a table go; --yes answers.
arrow::Status ConfirmTruncate(const RunFlags& flags) {
  if (!flags.options.sink.truncate || flags.yes) return arrow::Status::OK();
  if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
    return UsageError("--truncate deletes the rows of every source and month; say --yes to mean it");
  }
  fmt::print(stderr, "Delete the rows of every source and month in schema {} of {}? [y/N] ",
             flags.options.sink.schema, ShownTarget(flags.options.target));
  const int answer = std::getchar();
  return answer == 'y' || answer == 'Y' ? arrow::Status::OK() : UsageError("--truncate was not confirmed");
}

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

arrow::Status FinishOptions(RunFlags* flags) {
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
  if (options.target == "-" && flags->output == "json") {
    return UsageError("--to - and --output json both write to standard output; give one of them a file");
  }
  const SinkOptions& sink = options.sink;
  if (!IsPostgresTarget(options.target) &&
      (sink.truncate || sink.create_partitions || sink.replace != ReplaceRule::kOwn)) {
    return UsageError(
        "--truncate, --create-partitions and --replace koku are for a database (--to postgresql://...)");
  }
  return ParseRows(flags->rows, &options.rows);
}

// One line on the terminal, redrawn a few times a second.
class ProgressBar {
 public:
  void Show(const Progress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (now - drawn_ < std::chrono::milliseconds(150)) return;
    drawn_ = now;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double share = progress.bytes_total > 0 ? static_cast<double>(progress.bytes_done) /
                                                        static_cast<double>(progress.bytes_total)
                                                  : 0;
    const int full = static_cast<int>(share * 24);
    const std::string bar(static_cast<size_t>(full), '#');
    fmt::print(stderr, "\r[{:<24}] {:3.0f} %  {:.0f} of {:.0f} MB  {:.0f} rows/s  {:.0f} MiB ", bar,
               share * 100, static_cast<double>(progress.bytes_done) / 1e6,
               static_cast<double>(progress.bytes_total) / 1e6,
               static_cast<double>(progress.rows) / std::max(seconds, 1e-9),
               static_cast<double>(progress.resident_bytes) / 1048576.0);
    shown_ = true;
  }
  void Clear() {
    if (shown_) fmt::print(stderr, "\r{:79}\r", "");
  }

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point drawn_ = start_;
  bool shown_ = false;
};

arrow::Status RunCommand(RunFlags* flags) {
  ARROW_RETURN_NOT_OK(FinishOptions(flags));
  ARROW_RETURN_NOT_OK(ConfirmTruncate(*flags));
  RunOptions& options = flags->options;
  spdlog::set_level(spdlog::level::from_str(flags->log_level));
  ProgressBar bar;
  if (isatty(STDERR_FILENO)) options.on_progress = [&](const Progress& progress) { bar.Show(progress); };
  options.cancelled = [] { return CaughtSignal() != 0; };
  const auto result = Run(options);
  bar.Clear();
  ARROW_RETURN_NOT_OK(result.status());
  const bool json = flags->output == "json";
  const std::string text = json ? ClosingJson(*result, ShownTarget(options.target))
                                : ClosingTable(*result, ShownTarget(options.target));
  std::FILE* const out = options.target == "-" ? stderr : stdout;
  if (std::fwrite(text.data(), 1, text.size(), out) == text.size() && std::fflush(out) == 0)
    return arrow::Status::OK();
  const std::string reason = std::strerror(errno);
  if (options.target.empty()) return UsageError("the closing table cannot be written: {}", reason);
  spdlog::warn("the rows are written, the closing table cannot be: {}", reason);
  return arrow::Status::OK();
}

}  // namespace

std::function<arrow::Status()> AddRunCommand(CLI::App& app) {
  auto flags = std::make_shared<RunFlags>();
  RunOptions& options = flags->options;
  CLI::App* run =
      app.add_subcommand("run", "Aggregate one source's reports of a month into daily summary rows");
  run->add_option("INPUT", options.inputs,
                  "Report files (.csv, .csv.gz, .parquet), payloads (.tar.gz) or directories of them")
      ->required();
  run->add_option(
      "--reference", options.reference,
      "Tag keys, cost categories, node roles: a JSON file, or postgresql://... (the default with --to "
      "postgresql://...)");
  run->add_option("--source", options.source, "Source (provider) UUID");
  run->add_option("--org", options.org, "Organization, where the input holds several");
  run->add_option("--cluster-id", options.cluster_id, "cluster_id of every row");
  run->add_option("--cluster-alias", options.cluster_alias, "cluster_alias of every row");
  run->add_option("--report-period-id", options.report_period_id, "report_period_id of every row");
  run->add_option("--month", flags->month, "Month, like 2025-11");
  run->add_option("--start", flags->start, "First day, like 2025-11-01");
  run->add_option("--end", flags->end, "Last day, inclusive");
  run->add_option("--to", options.target,
                  "Where the rows go: x.parquet, x.csv, DIR/ (Parquet by source and day), sqlite:x.db, "
                  "postgresql://..., or - for CSV on stdout")
      ->check([](const std::string& target) {
        return target.empty() ? "is empty; name a file or directory, or leave the flag out" : "";
      });
  run->add_flag("--allow-empty", options.sink.allow_empty,
                "Replace existing rows also by nothing, where the input has no row of a day");
  run->add_option("--validate-expected", options.expected_file,
                  "A summary (.csv, .parquet, DIR/, sqlite:x.db) that the rows must equal, or a nise static "
                  "report (.yml) "
                  "whose totals they must have, else nothing is written");
  AddChoice<MeasureType>(run, "--measures", &options.sink.measures, "Type of Parquet measures",
                         {{"double", MeasureType::kDouble}, {"decimal", MeasureType::kDecimal}});
  run->add_option("--schema", options.sink.schema,
                  "PostgreSQL: schema of the tables, also those of reference data")
      ->capture_default_str();
  AddChoice<ReplaceRule>(run, "--replace", &options.sink.replace,
                         "PostgreSQL: rows to replace; koku: those of the report period, cost model included",
                         {{"own", ReplaceRule::kOwn}, {"koku", ReplaceRule::kKoku}});
  run->add_flag("--create-partitions", options.sink.create_partitions,
                "PostgreSQL: make the month's partition where it is absent");
  run->add_flag("--truncate", options.sink.truncate,
                "PostgreSQL: delete the rows of every source and month first; asks, or needs --yes");
  run->add_flag("--yes", flags->yes, "Do what --truncate would ask about");
  AddChoice<Mode>(run, "--mode", &options.mode, "How to run; auto streams more than 50000 rows",
                  {{"auto", Mode::kAuto}, {"streaming", Mode::kStreaming}, {"in-memory", Mode::kInMemory}});
  run->add_option("--chunk-size", options.chunk_size, "Rows a batch; more than 4096 are never taken at once")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 40))
      ->capture_default_str();
  run->add_option("--threads", options.threads,
                  "Worker threads (default: one a processor, as far as the memory limit goes)")
      ->check(CLI::Range(1, 1024));
  run->add_option("--memory-limit", options.memory_limit_bytes,
                  "Most memory of the process, like 256MiB (default 128MiB, less in a smaller container)")
      ->transform(CLI::AsSizeValue(false));
  run->add_option("--spill-dir", options.spill_folder,
                  "Where days that outgrow the limit go meanwhile (default TMPDIR, else /tmp)");
  run->add_option("--spill-limit", options.spill_limit_bytes,
                  "Most bytes to spill, like 10GiB (default no limit)")
      ->transform(CLI::AsSizeValue(false));
  run->add_option("--payload-max-bytes", options.payload_limits.max_bytes,
                  "Most bytes that a payload may unpack to (default 8GiB)")
      ->transform(CLI::AsSizeValue(false));
  run->add_option("--payload-max-members", options.payload_limits.max_members,
                  "Most members that a payload may have")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  run->add_option("--rows", flags->rows, "Kinds of rows to make, of pod, storage, unallocated")
      ->capture_default_str();
  AddChoice<UsageFrom>(
      run, "--usage-from", &options.usage_from, "Table for usage and storage",
      {{"auto", UsageFrom::kAuto}, {"hourly", UsageFrom::kHourly}, {"daily", UsageFrom::kDaily}});
  AddChoice<std::optional<Layout>>(
      run, "--layout", &options.layout, "Layout of Parquet trees, where the input holds both",
      {{"auto", std::nullopt}, {"flat", Layout::kFlat}, {"koku", Layout::kKoku}});
  run->add_option(
      "--s3-endpoint", options.s3.endpoint,
      "S3 store other than AWS, like http://127.0.0.1:9000 (default AWS_ENDPOINT_URL, S3_ENDPOINT)");
  run->add_option("--s3-region", options.s3.region, "Region (default AWS_REGION, S3_REGION, us-east-1)");
  run->add_option("--s3-timeout", options.s3.timeout_seconds, "Seconds to keep trying a request that fails")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  run->add_flag("--s3-virtual-addressing", options.s3.virtual_addressing,
                "Name the bucket in the host, not in the path, where an endpoint is given");
  run->add_flag("--trust-paths", options.trust_paths,
                "Skip files whose path names other days (year=, month=, day=)");
  run->add_option("--output", flags->output, "Closing report: table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  run->add_option("--log-level", flags->log_level, "debug, info, warning, error, off")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}))
      ->capture_default_str();
  return [flags] { return RunCommand(flags.get()); };
}

}  // namespace costream
