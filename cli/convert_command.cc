// `costream convert`: payloads and CSV reports -> Parquet trees.
#include <CLI/CLI.hpp>
#include <memory>

#include "choice.h"
#include "commands.h"
#include "convert/convert.h"
#include "convert_report.h"
#include "folder_name.h"
#include "job_flags.h"
#include "print.h"
#include "signals.h"

namespace costream {
namespace {

struct ConvertFlags {
  ConvertOptions options;
  std::string output = "table";
};

arrow::Status RunConvert(const ConvertFlags& flags) {
  const ConvertOptions& options = flags.options;
  ARROW_ASSIGN_OR_RAISE(const ConvertResult result, Convert(options));
  return flags.output == "json" ? PrintClosing(ConvertJson(options, result), Form::kData, options.out)
                                : PrintClosing(ConvertTable(options, result), Form::kText, options.out);
}

}  // namespace

std::function<arrow::Status()> AddConvertCommand(CLI::App& app) {
  auto flags = std::make_shared<ConvertFlags>();
  ConvertOptions* const options = &flags->options;
  CLI::App* command =
      app.add_subcommand("convert", "Turn payloads and CSV reports into Parquet, hourly and daily tables");
  command
      ->add_option("INPUT", options->inputs,
                   "Payloads (.tar.gz), reports (.csv, .csv.gz) or directories of them")
      ->required();
  command->add_option("--out", options->out, "Directory to add to; what the input supersedes is replaced")
      ->required();
  AddChoice<Layout>(command, "--layout", &options->layout, "How the folders are laid out",
                    {{"flat", Layout::kFlat}, {"koku", Layout::kKoku}});
  command->add_option("--source", options->source, "Source (provider) UUID")
      ->required()
      ->check(CheckFolderName);
  command->add_option("--org", options->org, "Organization or account, for the folders")
      ->required()
      ->check(CheckFolderName);
  AddPayloadFlags(command, &options->payload_limits);
  command->add_option("--output", flags->output, "Closing report: table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  options->cancelled = [] { return CaughtSignal() != 0; };
  return [flags] { return RunConvert(*flags); };
}

}  // namespace costream
