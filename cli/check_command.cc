// `costream check`: whether a run with the same flags would have all that it needs, and what to do where not.
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "check_report.h"
#include "commands.h"
#include "job/check.h"
#include "print.h"
#include "run_command.h"

namespace costream {
namespace {

constexpr double kStoreTimeoutSeconds = 10;  // of a store that is not there

arrow::Status Check(RunFlags* flags) {
  ARROW_RETURN_NOT_OK(ReadJobFlags(flags));
  ARROW_RETURN_NOT_OK(FinishJobFlags(flags).status());
  ARROW_ASSIGN_OR_RAISE(const CheckList list, CheckRun(flags->options));
  const char* const no_color = std::getenv("NO_COLOR");
  const bool colors = isatty(STDOUT_FILENO) && (no_color == nullptr || *no_color == '\0');
  ARROW_RETURN_NOT_OK(flags->output == "json" ? Print(CheckJson(list), Form::kData)
                                              : Print(CheckTable(list, colors), Form::kColouredText));
  const auto worst = list.worst();
  if (!worst) return arrow::Status::OK();
  return MakeError(*worst, fmt::format("{} of {} checks failed", list.failed(), list.lines().size()));
}

}  // namespace

std::function<arrow::Status()> AddCheckCommand(CLI::App& app) {
  CLI::App* const check = app.add_subcommand(
      "check", "Tell whether a run with the same flags has all that it needs, and what to do where not");
  const auto flags = AddRunFlags(check);
  AddSourceFlag(check, flags.get());
  flags->logging.level = "error";  // what a run would log stands in the list
  check->get_option("--s3-timeout")->default_val(kStoreTimeoutSeconds);
  return [flags] { return Check(flags.get()); };
}

}  // namespace costream
