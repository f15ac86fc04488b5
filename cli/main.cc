// The costream command: flags in, exit code out. The work is done in src/job.
#include <arrow/memory_pool.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <map>
#include <sstream>
#include <string>

#include "arguments.h"
#include "base/error.h"
#include "commands.h"
#include "log_lines.h"
#include "nearest.h"
#include "print.h"
#include "signals.h"
#include "version.h"

namespace {

// What a newcomer needs.
constexpr const char* kFirstCommands =
    "  costream demo                                make up a month, run it, show it\n"
    "  costream run REPORTS --to summary.parquet    your reports into daily rows\n"
    "  costream report summary.parquet              the rows as a page to look at";

// Tells of an error, if there is one.
int ExitCodeAfter(const arrow::Status& status) {
  if (status.ok()) return 0;
  costream::Tell(spdlog::level::err,
                 costream::KindOf(status) == costream::ErrorKind::kCancelled
                     ? "stopped by a signal; the target is unchanged by what was under way"
                     : costream::Message(status));
  return costream::ExitCodeOf(status);
}

int Main(int argc, char** argv) {
  CLI::App app("Exact daily cost summaries of OpenShift usage reports, in bounded memory.", "costream");
  app.require_subcommand(1);
  app.set_version_flag("--version", costream::VersionText);
  app.failure_message(costream::ExplainParseError);
  const std::map<std::string, std::function<arrow::Status()>> commands = {
      {"check", costream::AddCheckCommand(app)},
      {"config", costream::AddConfigCommand(app)},
      {"run", costream::AddRunCommand(app)},
      {"convert", costream::AddConvertCommand(app)},
      {"diff", costream::AddDiffCommand(app)},
      {"generate", costream::AddGenerateCommand(app)},
      {"plan", costream::AddPlanCommand(app)},
      {"explain", costream::AddExplainCommand(app)},
      {"bench", costream::AddBenchCommand(app)},
      {"init-db", costream::AddInitDbCommand(app)},
      {"report", costream::AddReportCommand(app)},
      {"serve", costream::AddServeCommand(app)},
      {"demo", costream::AddDemoCommand(app)},
      {"version", costream::AddVersionCommand(app)},
      {"completion", costream::AddCompletionCommand(app)},
      {"manual", costream::AddManualCommand(app)}};
  app.footer(kFirstCommands);  // now that no command inherits it
  if (argc == 1) {
    return ExitCodeAfter(costream::Print(
        fmt::format("{}\n\n{}\n\nAll commands: costream --help\n", app.get_description(), kFirstCommands),
        costream::Form::kText));
  }
  std::vector<std::string> arguments = costream::TakeArguments(argc, argv);
  std::reverse(arguments.begin() + 1, arguments.end());  // as CLI11 takes them
  arguments.erase(arguments.begin());
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    std::ostringstream help, wrong;
    if (app.exit(error, help, wrong) == 0)
      return ExitCodeAfter(costream::Print(help.str(), costream::Form::kText));
    std::string text = wrong.str();
    text.erase(text.find_last_not_of('\n') + 1);
    costream::Tell(spdlog::level::err, text);
    return 2;
  }
  return ExitCodeAfter(commands.at(app.get_subcommands().front()->get_name())());
}

}  // namespace

int main(int argc, char** argv) {
  mallopt(M_ARENA_MAX, 1);  // free memory of one thread serves the others, too; they allocate seldom
  setenv("ARROW_DEFAULT_MEMORY_POOL", "system", /*overwrite=*/0);  // the same for what Arrow takes for itself
  const rlimit none{};
  setrlimit(RLIMIT_CORE, &none);  // credentials stay out of core dumps
  costream::StartLog();
  costream::CatchSignals();
  try {
    return Main(argc, argv);
  } catch (const std::bad_alloc&) {
    costream::Tell(spdlog::level::err, costream::Message(costream::OutOfMemoryError()));
    return 1;
  } catch (const std::exception& error) {
    costream::Tell(spdlog::level::err, std::string("internal error: ") + error.what());
    return 1;
  }
}
