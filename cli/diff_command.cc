// `costream diff`: two summaries, what is different between them.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/error.h"
#include "choice.h"
#include "commands.h"
#include "job_flags.h"
#include "print.h"
#include "signals.h"
#include "source/postgres_target.h"
#include "summary/diff_report.h"

namespace costream {
namespace {

enum class DiffOutput { kTable, kJson, kCsv };

// The flags as given.
struct DiffFlags {
  DiffOptions options;
  SummaryNames names;
  S3Settings s3;
  std::vector<std::string> schemas = {"public"};
  std::string source, start, end;
  DiffOutput output = DiffOutput::kTable;
};

arrow::Status FinishOptions(DiffFlags* flags) {
  DiffOptions& options = flags->options;
  if (!flags->source.empty()) options.source = flags->source;
  if (!flags->start.empty()) {
    ARROW_ASSIGN_OR_RAISE(options.first_day, DayOfFlag("--start", flags->start));
  }
  if (!flags->end.empty()) {
    ARROW_ASSIGN_OR_RAISE(options.last_day, DayOfFlag("--end", flags->end));
  }
  if (flags->schemas.size() > 2) return UsageError("--schema: at most two, that of A and that of B");
  return arrow::Status::OK();
}

arrow::Status RunDiff(DiffFlags* flags) {
  ARROW_RETURN_NOT_OK(FinishOptions(flags));
  std::array<std::unique_ptr<SummaryReader>, 2> readers;
  for (const int side : {0, 1}) {
    const std::string& schema = side == 0 ? flags->schemas.front() : flags->schemas.back();
    ARROW_ASSIGN_OR_RAISE(readers[side], OpenSummary(flags->names[side], {flags->s3, schema}));
    flags->names[side] = ShownTarget(flags->names[side]);
  }
  ARROW_ASSIGN_OR_RAISE(const SummaryDiff diff,
                        CompareSummaries(readers[0].get(), readers[1].get(), flags->options));
  ARROW_RETURN_NOT_OK(flags->output == DiffOutput::kJson ? Print(DiffJson(diff, flags->names), Form::kData)
                      : flags->output == DiffOutput::kCsv
                          ? Print(DiffCsv(diff), Form::kData)
                          : Print(DiffTable(diff, flags->names), Form::kText));
  if (diff.equal()) return arrow::Status::OK();
  return MakeError(ErrorKind::kAnomaly, DiffSentence(diff, flags->names));
}

}  // namespace

std::function<arrow::Status()> AddDiffCommand(CLI::App& app) {
  auto flags = std::make_shared<DiffFlags>();
  DiffOptions& options = flags->options;
  CLI::App* diff = app.add_subcommand("diff", "Tell what is different between two summaries");
  diff->add_option("A", flags->names[0],
                   "A summary: x.parquet, x.csv, DIR/ (also s3://...), sqlite:x.db or postgresql://...")
      ->required();
  diff->add_option("B", flags->names[1], "Another one")->required();
  diff->add_option("--tolerance", options.relative_tolerance,
                   "Relative difference up to which measures are equal; 1e-12 absolute always is")
      ->check(CLI::Range(0.0, 1.0))
      ->default_str("1e-9");
  diff->add_option("--ignore", options.ignored, "A column that is not looked at; may be repeated")
      ->allow_extra_args(false);
  diff->add_option("--limit", options.limit, "Most differences to show")->capture_default_str();
  diff->add_option("--source", flags->source, "Only rows of this source");
  diff->add_option("--start", flags->start, "First day, like 2025-11-01");
  diff->add_option("--end", flags->end, "Last day, inclusive");
  diff->add_option("--schema", flags->schemas, "PostgreSQL: schema of the table; given twice: of A, and of B")
      ->allow_extra_args(false)
      ->default_str("public");
  AddS3Flags(diff, &flags->s3);
  flags->s3.cancelled = [] { return CaughtSignal() != 0; };
  AddChoice<DiffOutput>(
      diff, "--output", &flags->output, "What to print",
      {{"table", DiffOutput::kTable}, {"json", DiffOutput::kJson}, {"csv", DiffOutput::kCsv}});
  return [flags] { return RunDiff(flags.get()); };
}

}  // namespace costream
