// `costream explain`: the inputs behind the rows of one day and node.
#include <CLI/CLI.hpp>
#include <memory>

#include "commands.h"
#include "explain_report.h"
#include "job_flags.h"
#include "print.h"

namespace costream {
namespace {

struct ExplainFlags : JobFlags {
  ExplainQuestion question;
  std::string day, output = "table";
};

arrow::Status RunExplain(ExplainFlags* flags) {
  ARROW_RETURN_NOT_OK(ReadJobFlags(flags));
  ARROW_RETURN_NOT_OK(FinishJobFlags(flags).status());
  ARROW_ASSIGN_OR_RAISE(flags->question.day, DayOfFlag("--day", flags->day));
  ARROW_ASSIGN_OR_RAISE(const Explanation explanation, Explain(flags->options, flags->question));
  ARROW_RETURN_NOT_OK(flags->output == "json"
                          ? Print(ExplainJson(explanation, flags->question), Form::kData)
                          : Print(ExplainTable(explanation, flags->question), Form::kText));
  return explanation.CheckSums();
}

}  // namespace

std::function<arrow::Status()> AddExplainCommand(CLI::App& app) {
  auto flags = std::make_shared<ExplainFlags>();
  flags->logging.level = "error";  // what a run would log stands in the explanation
  CLI::App* explain =
      app.add_subcommand("explain", "Show the inputs behind the summary rows of a node on a day");
  AddInputFlags(explain, flags.get());
  AddSourceFlag(explain, flags.get());
  explain->add_option("--day", flags->day, "Day, like 2025-11-01")->required();
  explain->add_option("--node", flags->question.node,
                      "Node of the rows; without it Storage rows that have none, of claims that no pod had");
  explain->add_option("--namespace", flags->question.name_space, "Only rows of this namespace");
  explain->add_option("--output", flags->output, "What to print: table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  return [flags] { return RunExplain(flags.get()); };
}

}  // namespace costream
