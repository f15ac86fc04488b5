// `costream demo`: from nothing to a summary, by the commands that a user would type.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "commands.h"
#include "print.h"

namespace costream {
namespace {

using AddCommand = std::function<arrow::Status()>(CLI::App& app);

// Shows the command line, and does what it says.
arrow::Status Step(AddCommand* add, std::vector<std::string> arguments) {
  ARROW_RETURN_NOT_OK(Print(fmt::format("$ costream {}\n", CLI::detail::join(arguments, " ")), Form::kText));
  CLI::App app("", "costream");
  const auto command = add(app);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
  app.parse(std::move(arguments));
  ARROW_RETURN_NOT_OK(command());
  return Print("\n", Form::kText);
}

arrow::Status RunDemo(const std::string& folder) {
  const std::string reports = folder + "/reports", reference = reports + "/reference.json";
  const std::string summary = folder + "/summary.parquet", page = folder + "/report.html";
  // Written last: where it is, an earlier demo has made the month.
  if (!std::filesystem::exists(reference))
    ARROW_RETURN_NOT_OK(Step(AddGenerateCommand, {"generate", "--rows", "200000", "--out", reports}));
  ARROW_RETURN_NOT_OK(Step(AddRunCommand, {"run", reports, "--reference", reference, "--to", summary}));
  ARROW_RETURN_NOT_OK(Step(AddReportCommand, {"report", summary, "--out", page}));
  return Print(fmt::format("The rows are in {}, {} shows them in a browser. With reports of your own:\n"
                           "  costream run REPORTS --source UUID --month 2025-11 --to summary.parquet\n"
                           "  costream run --help\n",
                           summary, page),
               Form::kText);
}

}  // namespace

std::function<arrow::Status()> AddDemoCommand(CLI::App& app) {
  CLI::App* const demo =
      app.add_subcommand("demo", "Make up a small cluster month, run it and show what comes out");
  const auto folder = std::make_shared<std::string>("costream-demo");
  demo->add_option("DIR", *folder, "Where reports and rows go")->capture_default_str();
  return [folder] { return RunDemo(*folder); };
}

}  // namespace costream
