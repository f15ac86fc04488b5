// `costream report`: summaries as one page to look at.
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "commands.h"
#include "job_flags.h"
#include "print.h"
#include "report/cubes_json.h"
#include "report/page.h"
#include "sink/atomic_file.h"
#include "source/postgres_target.h"

extern char** environ;

namespace costream {
namespace {

// The flags as given.
struct ReportFlags {
  ReportScope scope;
  std::vector<std::string> summaries, run_files;
  std::string out = "report.html", month, source;
  bool open = false;
};

// By the desktop's own opener, which is told nothing but the name.
arrow::Status OpenInBrowser(const std::string& file) {
  std::string program = "xdg-open", argument = file;
  char* const arguments[] = {program.data(), argument.data(), nullptr};
  pid_t child = 0;
  int ended = 0;
  if (posix_spawnp(&child, program.c_str(), nullptr, nullptr, arguments, environ) != 0 ||
      waitpid(child, &ended, 0) < 0 || ended != 0) {
    return UsageError("{} is written, but xdg-open cannot open it; open it in a browser", file);
  }
  return arrow::Status::OK();
}

arrow::Status RunReport(const ReportFlags& flags) {
  ReportScope scope = flags.scope;
  if (!flags.month.empty() && !(scope.month = ParseMonth(flags.month))) {
    return UsageError("--month {}: write it like 2025-11", flags.month);
  }
  if (!flags.source.empty()) scope.source = flags.source;
  ARROW_ASSIGN_OR_RAISE(const RunFacts facts, ReadRunFacts(flags.run_files));
  ARROW_ASSIGN_OR_RAISE(const auto file, AtomicFile::Create(flags.out, "--out"));
  ARROW_ASSIGN_OR_RAISE(const ReportCubes cubes, ReadCubes(flags.summaries, scope));
  std::vector<std::string> shown;
  shown.reserve(flags.summaries.size());
  for (const auto& name : flags.summaries) shown.push_back(ShownTarget(name));
  const std::string json = EmbeddableJson(CubesJson(cubes, shown, facts));
  const auto [before, after] = PageParts();
  for (const std::string_view part : {before, std::string_view(json), after}) {
    ARROW_RETURN_NOT_OK(WriteError(flags.out, file->stream()->Write(part), "--out"));
  }
  ARROW_RETURN_NOT_OK(file->Commit());
  ARROW_RETURN_NOT_OK(
      Print(fmt::format("{}: {} of {} {}\n", flags.out, FormatMonth(cubes.month), cubes.clusters.size(),
                        cubes.clusters.size() == 1 ? "cluster" : "clusters"),
            Form::kText));
  return flags.open ? OpenInBrowser(flags.out) : arrow::Status::OK();
}

}  // namespace

std::function<arrow::Status()> AddReportCommand(CLI::App& app) {
  auto flags = std::make_shared<ReportFlags>();
  CLI::App* report = app.add_subcommand("report", "Write a month of summaries as one HTML page");
  report
      ->add_option("SUMMARY", flags->summaries,
                   "Summaries: x.parquet, x.csv or DIR/, also in S3, sqlite:x.db or postgresql://...; "
                   "several for several clusters")
      ->required();
  report->add_option("-o,--out", flags->out, "The page")->capture_default_str();
  report->add_option("--month", flags->month, "Like 2025-11 (default the last that has rows)");
  report->add_option("--source", flags->source, "Only rows of this source");
  report
      ->add_option("--run", flags->run_files,
                   "What `costream run --output json` printed: its gaps, anomalies and superseded input are "
                   "shown, too; may be repeated")
      ->allow_extra_args(false);
  report->add_option("--schema", flags->scope.access.schema, "PostgreSQL: schema of the table")
      ->capture_default_str();
  AddS3Flags(report, &flags->scope.access.s3);
  report->add_flag("--open", flags->open, "Open it in a browser");
  return [flags] { return RunReport(*flags); };
}

}  // namespace costream
