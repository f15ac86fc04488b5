// `costream run`: flags -> RunOptions, and what is shown while and after.
#include "run_command.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>

#include "base/error.h"
#include "choice.h"
#include "closing_table.h"
#include "commands.h"
#include "job/metrics.h"
#include "job/pipeline.h"
#include "log_lines.h"
#include "print.h"
#include "run_sources.h"
#include "signals.h"
#include "source/postgres_target.h"

namespace costream {
namespace {

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
    const std::string line = fmt::format("[{:<24}] {:3.0f} %  {:.0f} of {:.0f} MB  {:.0f} rows/s  {:.0f} MiB",
                                         bar, share * 100, static_cast<double>(progress.bytes_done) / 1e6,
                                         static_cast<double>(progress.bytes_total) / 1e6,
                                         static_cast<double>(progress.rows) / std::max(seconds, 1e-9),
                                         static_cast<double>(progress.resident_bytes) / 1048576.0);
    fmt::print(stderr, "\r{:<79.79}", line);  // a longer one would go on in the next line
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

// The rows are written or not, whatever becomes of this.
void TellMetrics(const MetricsTarget& target, const RunIdentity& identity,
                 const arrow::Result<RunResult>& result) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const EndedRun ended{identity.source, identity.cluster_id.value_or(""), ExitCodeOf(result.status()),
                       std::chrono::duration_cast<std::chrono::seconds>(now).count(),
                       result.ok() ? &*result : nullptr};
  const arrow::Status told = WriteMetrics(target, ended);
  if (!told.ok()) spdlog::warn("metrics: {}", Message(told));
}

// As far as the flags tell.
RunIdentity IdentityOf(const RunFlags& flags) {
  RunIdentity identity;
  identity.source = flags.options.source.value_or("");
  identity.cluster_id = flags.options.cluster_id;
  return identity;
}

arrow::Status RunOne(RunFlags* flags) {
  const RunOptions& options = flags->options;
  const bool json = flags->output == "json";
  ARROW_ASSIGN_OR_RAISE(
      const RunResult result, RunAndTell(flags, [&](const EffectiveSettings&) {
        if (options.target != "-" || !json) return ConfirmTruncate(*flags);
        return UsageError("--to - and --output json both write to standard output; give one of them a file");
      }));
  const std::string target = ShownTarget(options.target);
  return json ? PrintClosing(ClosingJson(result, target), Form::kData, options.target)
              : PrintClosing(ClosingTable(result, target), Form::kText, options.target);
}

arrow::Status RunCommand(const SpreadFlags& spread, RunFlags* flags) {
  if (!spread.engine.empty() || !spread.address.empty() || !spread.resume.empty() || spread.unit_rows > 0) {
    return UsageError(
        "--engine, --address, --resume and --unit-rows are for the costream command of the Python package: "
        "pip install "
        "'costream[ray]', or leave them out to run here");
  }
  if (spread.sources.size() == 1) flags->options.source = spread.sources.front();
  if (const arrow::Status read = ReadJobFlags(flags); !read.ok()) return TellFailure(*flags, read);
  if (spread.all || spread.sources.size() > 1) return RunSources(spread.sources, *flags);
  return RunOne(flags);
}

}  // namespace

arrow::Result<RunResult> RunAndTell(RunFlags* flags,
                                    const std::function<arrow::Status(const EffectiveSettings&)>& check) {
  std::optional<RunIdentity> planned;
  const auto run = [&]() -> arrow::Result<RunResult> {
    ARROW_ASSIGN_OR_RAISE(const EffectiveSettings settings, FinishJobFlags(flags));
    ARROW_RETURN_NOT_OK(check(settings));
    RunOptions options = flags->options;
    ProgressBar bar;
    if (isatty(STDERR_FILENO) && !LogsJson())
      options.on_progress = [&](const Progress& progress) { bar.Show(progress); };
    options.on_planned = [&](const RunIdentity& identity, Month month) {
      planned = identity;
      flags->options.on_planned(identity, month);
    };
    auto result = Run(options);
    bar.Clear();
    return result;
  };
  const auto result = run();
  TellMetrics(flags->options.metrics, planned.value_or(IdentityOf(*flags)), result);
  return result;
}

arrow::Status TellFailure(const RunFlags& flags, const arrow::Status& error) {
  TellMetrics(flags.options.metrics, IdentityOf(flags), error);
  return error;
}

std::shared_ptr<RunFlags> AddRunFlags(CLI::App* run) {
  auto flags = std::make_shared<RunFlags>();
  RunOptions& options = flags->options;
  AddInputFlags(run, flags.get());
  AddDayFlags(run, flags.get());
  AddTargetFlags(run, flags.get());
  run->add_option("--validate-expected", options.expected_file,
                  "A summary (.csv, .parquet, DIR/, also in S3, sqlite:x.db, postgresql://...) that the rows "
                  "must equal, or a nise static "
                  "report (.yml) whose totals they must have, else nothing is written");
  AddChoice<MeasureType>(run, "--measures", &options.sink.measures, "Type of Parquet measures",
                         {{"double", MeasureType::kDouble}, {"decimal", MeasureType::kDecimal}});
  run->add_flag("--yes", flags->yes, "Do what --truncate would ask about");
  AddChoice<Mode>(run, "--mode", &options.mode, "How to run; auto streams more than 50000 rows",
                  {{"auto", Mode::kAuto}, {"streaming", Mode::kStreaming}, {"in-memory", Mode::kInMemory}});
  run->add_option("--chunk-size", options.chunk_size, "Rows a batch; more than 4096 are never taken at once")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 40))
      ->capture_default_str();
  run->add_option("--memory-limit", options.memory_limit_bytes,
                  "Most memory of the process, like 256MiB (default 128MiB, less in a smaller container)")
      ->transform(CLI::AsSizeValue(false));
  run->add_option("--spill-dir", options.spill_folder,
                  "Where days that outgrow the limit go meanwhile (default TMPDIR, else /tmp)");
  run->add_option("--spill-limit", options.spill_limit_bytes,
                  "Most bytes to spill, like 10GiB (default no limit)")
      ->transform(CLI::AsSizeValue(false));
  run->add_option("--metrics-file", options.metrics.file,
                  "Where to write the run's numbers as Prometheus text, beside those of other sources there");
  run->add_option("--metrics-push", options.metrics.push_url,
                  "Pushgateway that is told them, like http://host:9091");
  run->add_option("--output", flags->output, "Closing report: table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  return flags;
}

void AddSpreadFlags(CLI::App* run, SpreadFlags* flags) {
  CLI::Option* const some =
      run->add_option("--source", flags->sources,
                      "Source (provider) UUID; several, with commas between or repeated, run one by one")
          ->delimiter(',')
          ->allow_extra_args(false);
  run->add_flag("-A,--all-sources", flags->all,
                "All sources that the input's paths or `sources` of the config file name, one by one")
      ->excludes(some);
  run->add_option("--engine", flags->engine,
                  "Do the days of the sources as tasks that are tried again: ray (on a cluster) or local; "
                  "needs the Python package")
      ->check(CLI::IsMember({"local", "ray"}));
  run->add_option("--address", flags->address,
                  "Ray cluster: auto or ray://host:10001 (default: started here for the run)");
  run->add_option("--resume", flags->resume,
                  "Run of an engine to take up: what it has staged in PostgreSQL is not done again");
  run->add_option("--unit-rows", flags->unit_rows,
                  "Input rows above which an engine cuts a day into several tasks (default 50000000)")
      ->check(CLI::PositiveNumber);
}

std::function<arrow::Status()> AddRunCommand(CLI::App& app) {
  CLI::App* const run =
      app.add_subcommand("run", "Aggregate a source's reports of a month into daily summary rows");
  const auto flags = AddRunFlags(run);
  const auto spread = std::make_shared<SpreadFlags>();
  AddSpreadFlags(run, spread.get());
  return [flags, spread] { return RunCommand(*spread, flags.get()); };
}

}  // namespace costream
