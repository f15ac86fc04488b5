// `costream run`: flags -> RunOptions, and what is shown while and after.
#include "run_command.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "base/error.h"
#include "choice.h"
#include "closing_table.h"
#include "commands.h"
#include "job/pipeline.h"
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

arrow::Status FinishOptions(RunFlags* flags) {
  ARROW_RETURN_NOT_OK(FinishJobFlags(flags));
  if (flags->options.target == "-" && flags->output == "json") {
    return UsageError("--to - and --output json both write to standard output; give one of them a file");
  }
  return arrow::Status::OK();
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
  ProgressBar bar;
  if (isatty(STDERR_FILENO)) options.on_progress = [&](const Progress& progress) { bar.Show(progress); };
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
  run->add_option("--output", flags->output, "Closing report: table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  return flags;
}

std::function<arrow::Status()> AddRunCommand(CLI::App& app) {
  const auto flags = AddRunFlags(
      app.add_subcommand("run", "Aggregate one source's reports of a month into daily summary rows"));
  return [flags] { return RunCommand(flags.get()); };
}

}  // namespace costream
