// `costream bench`: streaming against in-memory mode over made-up months, each run a process of its own.
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/machine.h"
#include "bench_report.h"
#include "child_process.h"
#include "commands.h"
#include "folder_name.h"
#include "generate/generate.h"
#include "job/memory_limit.h"
#include "print.h"
#include "signals.h"
#include "sink/atomic_file.h"

namespace costream {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostRows = 1'000'000'000;

// The flags as given.
struct BenchFlags {
  std::vector<int64_t> rows{10'000, 100'000, 1'000'000, 10'000'000};
  std::optional<bool> streaming;
  std::string source = GenerateOptions().source;
  int threads = 0;
  std::optional<int64_t> memory_limit_bytes;
  uint64_t seed = GenerateOptions().seed;
  std::string dir, output;
};

// A folder that is gone, with all in it, when this is.
class ScratchFolder {
 public:
  static arrow::Result<std::unique_ptr<ScratchFolder>> Make(const fs::path& parent) {
    std::string path = (parent / "costream-bench-XXXXXX").string();
    if (!mkdtemp(path.data()))
      return UsageError("{}: no temporary folder can be made: {}", parent.string(), std::strerror(errno));
    return std::unique_ptr<ScratchFolder>(new ScratchFolder(path));
  }
  ~ScratchFolder() {
    std::error_code error;
    fs::remove_all(path_, error);
    if (error) spdlog::warn("{} cannot be removed: {}", path_.string(), error.message());
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string Path(const std::string& name) const { return (path_ / name).string(); }

 private:
  explicit ScratchFolder(fs::path path) : path_(std::move(path)) {}
  const fs::path path_;
};

arrow::Result<fs::path> ParentOfScratch(const std::string& dir) {
  std::error_code error;
  if (dir.empty()) {
    fs::path parent = fs::temp_directory_path(error);
    if (error) return UsageError("TMPDIR: {}; name another folder with --dir", error.message());
    return parent;
  }
  fs::create_directories(dir, error);
  if (error) return UsageError("--dir {}: cannot be made: {}", dir, error.message());
  return fs::path(dir);
}

// Why a child failed, in its own words and of its own kind.
arrow::Status ChildError(const ChildRun& run, const std::string& doing) {
  constexpr std::string_view kName = "costream: ";
  std::string_view said = run.errors;
  if (said.starts_with(kName)) said.remove_prefix(kName.size());
  while (said.ends_with('\n')) said.remove_suffix(1);
  ErrorKind kind = ErrorKind::kInternal;
  for (const ErrorKind other : {ErrorKind::kUsage, ErrorKind::kInput, ErrorKind::kTransient}) {
    if (ExitCode(MakeError(other, "")) == run.exit_code) kind = other;
  }
  const std::string reason = said.empty() ? fmt::format("exit code {}", run.exit_code) : std::string(said);
  return MakeError(kind, fmt::format("{}: {}", doing, reason));
}

// Whether it was the limit, or the machine, that ended an in-memory run.
bool NeedsMoreMemory(const ChildRun& run) {
  return run.exit_code == 128 + SIGKILL || run.errors.find("than the memory limit") != std::string::npos ||
         run.errors.find("out of memory") != std::string::npos;
}

class Bench {
 public:
  Bench(const BenchFlags& flags, const ScratchFolder& scratch) : flags_(flags), scratch_(scratch) {}

  arrow::Status Run();
  const std::vector<BenchResult>& results() const { return results_; }

 private:
  arrow::Result<std::string> Data(int64_t rows);
  arrow::Status Measure(const std::string& data, int64_t rows, Mode mode, const MemoryLimit& limit);

  const BenchFlags& flags_;
  const ScratchFolder& scratch_;
  int threads_ = 0;
  std::vector<BenchResult> results_;
};

arrow::Status Bench::Run() {
  ARROW_ASSIGN_OR_RAISE(const MemoryLimit limit, MemoryLimit::Make(flags_.memory_limit_bytes));
  // In-memory mode is there to compare with: unless told otherwise it gets what there is.
  ARROW_ASSIGN_OR_RAISE(const MemoryLimit roomy,
                        MemoryLimit::Make(flags_.memory_limit_bytes.value_or(AvailableMemoryBytes())));
  const int wanted = flags_.threads > 0 ? flags_.threads : AvailableProcessors();
  threads_ = limit.Threads(wanted);
  if (threads_ < wanted)
    spdlog::info("{} of {} threads in both modes: more do not fit into {} MiB (--memory-limit)", threads_,
                 wanted, limit.bytes() >> 20);
  ARROW_RETURN_NOT_OK(Print(BenchHead(), Form::kText));
  for (const int64_t rows : flags_.rows) {
    ARROW_ASSIGN_OR_RAISE(const std::string data, Data(rows));
    if (flags_.streaming.value_or(true)) ARROW_RETURN_NOT_OK(Measure(data, rows, Mode::kStreaming, limit));
    if (!flags_.streaming.value_or(false)) ARROW_RETURN_NOT_OK(Measure(data, rows, Mode::kInMemory, roomy));
    std::error_code ignored;  // the scratch folder goes anyway
    if (flags_.dir.empty()) fs::remove_all(data, ignored);
  }
  const std::string memory = BenchMemoryTable(results_);
  return memory.empty() ? arrow::Status::OK() : Print("\n" + memory, Form::kText);
}

// Reads all files, so that they are in the page cache for every run.
arrow::Status WarmUp(const std::string& folder) {
  std::error_code error;
  std::vector<char> buffer(size_t{1} << 16);
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (CaughtSignal() != 0) return MakeError(ErrorKind::kCancelled, "stopped");
    if (!entry->is_regular_file(error)) continue;
    std::ifstream file(entry->path(), std::ios::binary);
    while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()))) {
    }
  }
  if (error) return InputError("{}: cannot be read: {}", folder, error.message());
  return arrow::Status::OK();
}

// The folder of a month; made unless --dir has it. By a process of its own: the memory that making takes
// would count as the runs' otherwise.
arrow::Result<std::string> Bench::Data(int64_t rows) {
  std::string made = scratch_.Path("month");
  std::string kept =
      (fs::path(flags_.dir) / fmt::format("{}-{}-{}", rows, flags_.seed, flags_.source)).string();
  if (!flags_.dir.empty() && fs::exists(kept)) {
    ARROW_RETURN_NOT_OK(WarmUp(kept));
    return kept;
  }
  spdlog::info("generating {} rows", rows);
  ARROW_ASSIGN_OR_RAISE(const ChildRun run,
                        RunSelf({"generate", "--rows", std::to_string(rows), "--seed",
                                 std::to_string(flags_.seed), "--source", flags_.source, "--out", made},
                                scratch_.Path("errors")));
  if (run.exit_code != 0) return ChildError(run, fmt::format("generating {} rows", rows));
  if (flags_.dir.empty()) return made;
  std::error_code error;
  fs::rename(made, kept, error);
  if (error) return UsageError("--dir: {} cannot be made: {}", kept, error.message());
  return kept;
}

arrow::Status Bench::Measure(const std::string& data, int64_t rows, Mode mode, const MemoryLimit& limit) {
  const bool in_memory = mode == Mode::kInMemory;
  const std::string name = in_memory ? "in-memory" : "streaming";
  const std::string target = scratch_.Path("summary.parquet");
  ARROW_ASSIGN_OR_RAISE(const ChildRun run, RunSelf({"run",
                                                     data,
                                                     "--log-format",
                                                     "text",
                                                     "--reference",
                                                     data + "/reference.json",
                                                     "--to",
                                                     target,
                                                     "--mode",
                                                     name,
                                                     "--threads",
                                                     std::to_string(threads_),
                                                     "--memory-limit",
                                                     std::to_string(limit.bytes()),
                                                     "--spill-dir",
                                                     scratch_.Path(""),
                                                     "--output",
                                                     "json",
                                                     "--log-level",
                                                     "error"},
                                                    scratch_.Path("errors")));
  std::error_code ignored;  // the next run replaces it
  fs::remove(target, ignored);
  const std::string doing = fmt::format("{} rows in {} mode", rows, name);
  BenchResult result;
  result.rows = rows;
  result.mode = mode;
  result.threads = threads_;
  result.memory_limit_bytes = limit.bytes();
  if (run.exit_code != 0) {
    if (!in_memory || !NeedsMoreMemory(run)) return ChildError(run, doing);
    result.fits = false;
  } else {
    const auto said = nlohmann::json::parse(run.output);
    for (const auto& of_kind : said.at("rows")) result.rows_out += of_kind.get<int64_t>();
    result.rows_in = said.at("input").at("rows");
    const auto& seconds = said.at("seconds");
    result.phases = {seconds.at("plan"), seconds.at("aggregate"), seconds.at("commit"), seconds.at("total")};
    result.wall_s = run.wall_s;
    result.cpu_s = run.cpu_s;
    result.peak_memory_bytes = run.peak_memory_bytes;
  }
  results_.push_back(result);
  return Print(BenchLine(result), Form::kText);
}

arrow::Status RunBench(const BenchFlags& flags) {
  std::unique_ptr<AtomicFile> output;  // made first: a target that cannot be written shows before the work
  if (!flags.output.empty()) {
    ARROW_ASSIGN_OR_RAISE(output, AtomicFile::Create(flags.output, "--output"));
  }
  ARROW_ASSIGN_OR_RAISE(const fs::path parent, ParentOfScratch(flags.dir));
  ARROW_ASSIGN_OR_RAISE(const auto scratch, ScratchFolder::Make(parent));
  Bench bench(flags, *scratch);
  ARROW_RETURN_NOT_OK(bench.Run());
  if (!output) return arrow::Status::OK();
  const std::string json = BenchJson(bench.results(), flags.source, flags.seed);
  ARROW_RETURN_NOT_OK(WriteError(flags.output, output->stream()->Write(json), "--output"));
  return output->Commit();
}

}  // namespace

std::function<arrow::Status()> AddBenchCommand(CLI::App& app) {
  auto flags = std::make_shared<BenchFlags>();
  CLI::App* command = app.add_subcommand(
      "bench", "Measure time and memory of streaming and in-memory mode over made-up months");
  command->add_option("--rows", flags->rows, "Hourly pod rows of each month, like 10K,100K,1M,10M")
      ->delimiter(',')
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, int64_t>{{"k", 1'000}, {"m", 1'000'000}}))
      ->check(CLI::Range(int64_t{1}, kMostRows))
      ->type_name("ROWS")
      ->default_str("10K,100K,1M,10M");
  command->add_option("--streaming", flags->streaming, "true or false: that mode alone (default both)")
      ->check(CLI::IsMember({"true", "false"}));
  command->add_option("--provider-uuid", flags->source, "Source (provider) UUID of the months")
      ->check(CheckFolderName)
      ->capture_default_str();
  command
      ->add_option("--threads", flags->threads,
                   "Worker threads in both modes (default: one a processor, as far as the limit allows)")
      ->check(CLI::Range(1, 1024));
  command
      ->add_option("--memory-limit", flags->memory_limit_bytes,
                   "Of each run, like 256MiB (default: run's for streaming, the machine's for in-memory)")
      ->transform(CLI::AsSizeValue(false));
  command->add_option("--seed", flags->seed, "The same seed gives the same months")->capture_default_str();
  command->add_option("--dir", flags->dir,
                      "Keep the months here and use those that are there (default: "
                      "a temporary directory, removed at the end)");
  command->add_option("--output", flags->output, "Write the results to this JSON file, too");
  return [flags] { return RunBench(*flags); };
}

}  // namespace costream
