// `costream serve`: the page of a summary, live, and its numbers for programs.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/error.h"
#include "commands.h"
#include "job_flags.h"
#include "print.h"
#include "serve/http_server.h"
#include "signals.h"
#include "source/postgres_target.h"

namespace costream {
namespace {

// The flags as given.
struct ServeFlags {
  ReportScope scope;
  ServeOptions options;
  std::string summary, month, source;
};

arrow::Status RunServe(const ServeFlags& flags) {
  ReportScope scope = flags.scope;
  if (!flags.month.empty() && !(scope.month = ParseMonth(flags.month))) {
    return UsageError("--month {}: write it like 2025-11", flags.month);
  }
  if (!flags.source.empty()) scope.source = flags.source;
  ARROW_RETURN_NOT_OK(OpenSummary(flags.summary, scope.access).status());
  const std::string shown = ShownTarget(flags.summary);
  Api api(flags.summary, shown, scope);
  const auto listening = [&](int port) {
    const std::string& address = flags.options.address;
    const bool v6 = address.find(':') != std::string::npos;
    const arrow::Status printed =
        Print(fmt::format("{} at http://{}{}{}:{}/\n", shown, v6 ? "[" : "", address, v6 ? "]" : "", port),
              Form::kText);
    if (!printed.ok()) spdlog::warn("{}", Message(printed));  // it is served all the same
  };
  return Serve(flags.options, &api, listening, [] { return CaughtSignal() != 0; });
}

}  // namespace

std::function<arrow::Status()> AddServeCommand(CLI::App& app) {
  auto flags = std::make_shared<ServeFlags>();
  ServeOptions& options = flags->options;
  CLI::App* serve = app.add_subcommand("serve", "Show a summary to browsers and programs, read-only");
  serve
      ->add_option("SUMMARY", flags->summary,
                   "A summary: x.parquet, x.csv or DIR/, also in S3, sqlite:x.db or postgresql://...")
      ->required();
  serve->add_option("--port", options.port, "Port; 0 takes one that is free")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  serve->add_option("--listen", options.address, "Address; any but the loopback's needs a token")
      ->capture_default_str();
  serve
      ->add_option(
          "--token", options.token,
          "What requests must name: Authorization: Bearer TOKEN; better given in the environment, which "
          "other users cannot list")
      ->envname("COSTREAM_TOKEN");
  serve->add_option("--month", flags->month,
                    "The page's month, like 2025-11 (default the last that has rows)");
  serve->add_option("--source", flags->source, "Only this source on the page");
  serve->add_option("--schema", flags->scope.access.schema, "PostgreSQL: schema of the table")
      ->capture_default_str();
  AddS3Flags(serve, &flags->scope.access.s3);
  return [flags] { return RunServe(*flags); };
}

}  // namespace costream
