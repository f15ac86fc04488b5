// The costream command: flags in, exit code out. The work is done in src/job.
#include <arrow/memory_pool.h>
#include <malloc.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <string>

#include "arguments.h"
#include "base/error.h"
#include "commands.h"
#include "signals.h"

namespace {

int Main(int argc, char** argv) {
  CLI::App app("Exact daily cost summaries of OpenShift usage reports, in bounded memory.", "costream");
  app.require_subcommand(1);
  app.set_version_flag("--version", "costream " COSTREAM_VERSION);
  app.footer(
      "Try:  costream generate --rows 100000 --out month\n"
      "      costream run month --reference month/reference.json --to summary.parquet");
  const std::map<std::string, std::function<arrow::Status()>> commands = {
      {"check", costream::AddCheckCommand(app)}, {"config", costream::AddConfigCommand(app)},
      {"run", costream::AddRunCommand(app)},     {"convert", costream::AddConvertCommand(app)},
      {"diff", costream::AddDiffCommand(app)},   {"generate", costream::AddGenerateCommand(app)},
      {"plan", costream::AddPlanCommand(app)},   {"explain", costream::AddExplainCommand(app)},
      {"bench", costream::AddBenchCommand(app)}, {"init-db", costream::AddInitDbCommand(app)}};
  std::vector<std::string> arguments = costream::TakeArguments(argc, argv);
  std::reverse(arguments.begin() + 1, arguments.end());  // as CLI11 takes them
  arguments.erase(arguments.begin());
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const arrow::Status status = commands.at(app.get_subcommands().front()->get_name())();
  if (status.ok()) return 0;
  const bool stopped = costream::KindOf(status) == costream::ErrorKind::kCancelled;
  std::fprintf(stderr, "costream: %s\n",
               stopped ? "stopped by a signal; the target is unchanged by what was under way"
                       : costream::Message(status).c_str());
  return costream::ExitCodeOf(status);
}

}  // namespace

int main(int argc, char** argv) {
  mallopt(M_ARENA_MAX, 1);  // free memory of one thread serves the others, too; they allocate seldom
  spdlog::set_default_logger(spdlog::stderr_logger_mt("costream"));
  spdlog::set_pattern("%H:%M:%S.%e %l %v");
  costream::CatchSignals();
  try {
    return Main(argc, argv);
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "costream: %s\n", costream::Message(costream::OutOfMemoryError()).c_str());
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "costream: internal error: %s\n", error.what());
    return 1;
  }
}
