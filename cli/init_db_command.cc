// `costream init-db`: the tables of a small installation or a test.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

#include "base/error.h"
#include "commands.h"
#include "signals.h"
#include "sink/create_tables.h"
#include "source/postgres.h"
#include "source/postgres_target.h"

namespace costream {
namespace {

struct InitDbFlags {
  std::string target, schema = "public";
  bool partitioned = false;
};

arrow::Status RunInitDb(const InitDbFlags& flags) {
  if (!IsPostgresTarget(flags.target)) {
    return UsageError(
        "init-db takes a database, like postgresql://user@host/database; or postgresql: for PG*");
  }
  ARROW_ASSIGN_OR_RAISE(const auto database,
                        Postgres::Connect(flags.target, [] { return CaughtSignal() != 0; }));
  ARROW_RETURN_NOT_OK(CreateTables(database.get(), flags.schema, flags.partitioned));
  fmt::print("The tables are in schema {} of {}\n", flags.schema, database->shown());
  return arrow::Status::OK();
}

}  // namespace

std::function<arrow::Status()> AddInitDbCommand(CLI::App& app) {
  auto flags = std::make_shared<InitDbFlags>();
  CLI::App* command = app.add_subcommand(
      "init-db", "Make the summary table and those of reference data where they are absent");
  command->add_option("TARGET", flags->target, "postgresql://user@host/database, or postgresql: for PG*")
      ->required();
  command->add_option("--schema", flags->schema, "Schema of the tables; made where it is absent")
      ->capture_default_str();
  command->add_flag("--partitioned", flags->partitioned,
                    "Partition the summary table by usage_start; it has no partitions at first");
  return [flags] { return RunInitDb(*flags); };
}

}  // namespace costream
