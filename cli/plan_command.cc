// `costream plan`: what a run with the same flags would read and replace.
#include <CLI/CLI.hpp>
#include <memory>

#include "commands.h"
#include "job_flags.h"
#include "plan_report.h"
#include "print.h"
#include "source/postgres_target.h"

namespace costream {
namespace {

struct PlanFlags : JobFlags {
  std::string output = "table";
};

arrow::Status RunPlan(PlanFlags* flags) {
  ARROW_RETURN_NOT_OK(ReadJobFlags(flags));
  ARROW_RETURN_NOT_OK(FinishJobFlags(flags).status());
  ARROW_ASSIGN_OR_RAISE(const Preview preview, PreviewRun(flags->options));
  const std::string target = ShownTarget(flags->options.target);
  return flags->output == "json" ? Print(PlanJson(preview, target), Form::kData)
                                 : Print(PlanTable(preview, target), Form::kText);
}

}  // namespace

std::function<arrow::Status()> AddPlanCommand(CLI::App& app) {
  auto flags = std::make_shared<PlanFlags>();
  flags->logging.level = "error";  // what a run would log stands in the plan
  CLI::App* plan = app.add_subcommand("plan", "Tell what a run would read and replace, and change nothing");
  AddInputFlags(plan, flags.get());
  AddSourceFlag(plan, flags.get());
  AddDayFlags(plan, flags.get());
  AddTargetFlags(plan, flags.get());
  plan->add_option("--output", flags->output, "What to print: table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  return [flags] { return RunPlan(flags.get()); };
}

}  // namespace costream
