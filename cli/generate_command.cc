#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>

#include "choice.h"
#include "commands.h"
#include "generate/generate.h"
#include "print.h"

namespace costream {
namespace {

arrow::Status RunGenerate(const GenerateOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const GenerateResult result, Generate(options));
  return Print(
      fmt::format("Wrote {} hourly pod rows, {} daily pod rows and {} storage rows in {} files ({:.1f} MB); "
                  "next: costream run {} --reference {}/reference.json\n",
                  result.hourly_pod_rows, result.daily_pod_rows, result.hourly_storage_rows, result.files,
                  static_cast<double>(result.bytes) / 1e6, options.out, options.out),
      Form::kText);
}

}  // namespace

std::function<arrow::Status()> AddGenerateCommand(CLI::App& app) {
  auto options = std::make_shared<GenerateOptions>();
  CLI::App* command = app.add_subcommand("generate", "Make up a month of usage reports of one cluster");
  command->add_option("--rows", options->rows, "Hourly pod rows")->capture_default_str();
  command->add_option("--seed", options->seed, "The same seed gives the same rows")->capture_default_str();
  command->add_option("--out", options->out, "Directory to write to; must not hold generated data")
      ->required();
  AddChoice<GenerateFormat>(command, "--format", &options->format,
                            "parquet (flat layout, hourly and daily) or csv (hourly)",
                            {{"parquet", GenerateFormat::kParquet}, {"csv", GenerateFormat::kCsv}});
  command->add_option("--month", options->month, "YYYY-MM")->capture_default_str();
  command->add_option("--source", options->source, "Provider UUID")->capture_default_str();
  command->add_option("--org", options->org, "Organization id")->capture_default_str();
  command->add_flag("--plain-labels", options->plain_labels,
                    "Write pod labels without a dictionary (Parquet; always from 30M rows on)");
  return [options] { return RunGenerate(*options); };
}

}  // namespace costream
