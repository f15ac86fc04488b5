// `costream convert`: payloads and CSV reports -> Parquet trees.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "choice.h"
#include "commands.h"
#include "convert/convert.h"
#include "shown_text.h"
#include "signals.h"

namespace costream {
namespace {

// The source and the organization become names of folders. Empty: they may.
std::string CheckFolder(const std::string& name) {
  const bool fine = !name.empty() && name != "." && name != ".." && name.find('/') == name.npos;
  return fine ? "" : "cannot be the name of a folder";
}

arrow::Status RunConvert(const ConvertOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const ConvertResult result, Convert(options));
  std::string out;
  const auto line = [&](std::string_view name, const std::string& text) {
    out += fmt::format("{:<16}{}\n", name, text);
  };
  line("reports", fmt::format("{}", result.reports));
  line("rows", fmt::format("{} hourly, {} daily", result.hourly_rows, result.daily_rows));
  line("files",
       fmt::format("{} written, {} removed -> {}", result.files_written, result.files_removed, options.out));
  for (const auto& [file, rows] : result.superseded)
    line("superseded", fmt::format("{}: {} rows", file, rows));
  for (const auto& note : result.notes) line("note", note);
  for (const auto& warning : result.warnings) line("warning", warning);
  return ShowText(out, stdout);
}

}  // namespace

std::function<arrow::Status()> AddConvertCommand(CLI::App& app) {
  auto options = std::make_shared<ConvertOptions>();
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
  command->add_option("--source", options->source, "Source (provider) UUID")->required()->check(CheckFolder);
  command->add_option("--org", options->org, "Organization or account, for the folders")
      ->required()
      ->check(CheckFolder);
  command
      ->add_option("--payload-max-bytes", options->payload_limits.max_bytes,
                   "Most bytes that a payload may unpack to (default 8GiB)")
      ->transform(CLI::AsSizeValue(false));
  command
      ->add_option("--payload-max-members", options->payload_limits.max_members,
                   "Most members that a payload may have")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  options->cancelled = [] { return CaughtSignal() != 0; };
  return [options] { return RunConvert(*options); };
}

}  // namespace costream
