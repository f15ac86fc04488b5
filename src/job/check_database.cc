#include "job/check_database.h"

#include "sink/summary_table.h"
#include "sink/table_name.h"
#include "source/postgres.h"
#include "source/postgres_target.h"
#include "source/reference_postgres.h"

namespace costream {
namespace {

std::unique_ptr<Postgres> Connect(const std::string& target, const RunOptions& options, CheckList* list) {
  auto database = Postgres::Connect(target, options.cancelled);
  if (database.ok()) return std::move(*database);
  const bool away = KindOf(database.status()) == ErrorKind::kTransient;
  list->Fail(
      "database", WithContext(database.status(), ShownTarget(target)),
      away ? "see whether the server runs and can be reached from here; its address is postgresql.host "
             "and port (POSTGRES_HOST, POSTGRES_PORT, --to)"
           : "mend postgresql.user, password and database (POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, "
             "--to); pg_hba.conf of the server says who may log in");
  return nullptr;
}

// A statement that gives one row of texts.
arrow::Result<std::vector<std::string>> OneRow(Postgres* database, const std::string& sql,
                                               const std::vector<std::optional<std::string>>& values,
                                               int columns) {
  ARROW_ASSIGN_OR_RAISE(const PostgresRows rows, database->Execute(sql, values));
  std::vector<std::string> texts;
  for (int column = 0; column < columns; ++column) texts.push_back(rows.Find(0, column).value_or(""));
  return texts;
}

// What to do where the summary table cannot be used.
std::string RemedyOfTable(Postgres* database, const RunOptions& options) {
  const std::string& schema = options.sink.schema;
  const auto found = OneRow(
      database,
      "SELECT current_user, string_agg(nspname, ', ' ORDER BY nspname), coalesce(bool_or(nspname = $2), "
      "false),"
      " coalesce(bool_and(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')"
      " AND has_table_privilege(c.oid, 'DELETE') AND has_table_privilege(c.oid, 'INSERT'))"
      " FILTER (WHERE nspname = $2), false)"
      " FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relname = $1 AND relkind IN ('r', "
      "'p')",
      {kSummaryTable, schema}, 4);
  if (!found.ok()) return "try again";
  const std::string role = database->Quote((*found)[0]), &schemas = (*found)[1];
  const bool here = (*found)[2] == "t", allowed = (*found)[3] == "t";
  const std::string quoted = database->Quote(schema);
  if (here && !allowed) {
    return fmt::format(
        "let its owner say: GRANT USAGE ON SCHEMA {} TO {}; GRANT SELECT, INSERT, DELETE ON {}.{} TO "
        "{};",
        quoted, role, quoted, kSummaryTable, role);
  }
  if (here) return "alter the column, as docs/output.md has it, or name another schema (--schema)";
  const std::string make =
      fmt::format("make it: costream init-db {} --schema '{}'", ShownTarget(options.target), schema);
  if (schemas.empty()) return make;
  return fmt::format("name the schema that has it (postgresql.schema, POSTGRES_SCHEMA, --schema): {}; or {}",
                     schemas, make);
}

void CheckPartition(Postgres* database, const RunOptions& options, const CheckedScope& scope,
                    const SummaryTable& table, CheckList* list) {
  if (!table.partitioned_by_day) return list->Ok("partition", "the table is not partitioned by day");
  if (!scope.month) return list->Skip("partition", "the month is not known");
  const Day first = scope.first_day.value_or(FirstDay(*scope.month));
  const Day last = scope.last_day.value_or(LastDay(*scope.month));
  const auto days = fmt::format("{} to {}", FormatDay(first), FormatDay(last));
  const auto there = EnsurePartition(database, options.sink.schema, table, first, last, false);
  if (there.ok()) return list->Ok("partition", "there for " + days);
  if (KindOf(there.status()) == ErrorKind::kUsage && options.sink.create_partitions) {
    return list->Ok("partition", fmt::format("none for {}; the run makes it (--create-partitions)", days));
  }
  list->Fail("partition", there.status(),
             fmt::format(
                 "run with --create-partitions, or let the table's owner say: CREATE TABLE {}.{}_{:04}_{:02} "
                 "PARTITION OF {} FOR VALUES FROM ('{}') TO ('{}');",
                 database->Quote(options.sink.schema), kSummaryTable, scope.month->year, scope.month->month,
                 table.name, FormatDay(FirstDay(*scope.month)), FormatDay(LastDay(*scope.month) + 1)));
}

std::string Counted(size_t count, const char* what) { return fmt::format("{} {}", count, what); }

void ListReference(const RunOptions& options, const ReferenceData& reference, CheckList* list) {
  const auto& keys = reference.enabled_tag_keys;
  list->Ok("enabled keys", !keys           ? "none are named: every label key counts"
                           : keys->empty() ? "0 keys: labels are dropped"
                                           : Counted(keys->size(), "keys"));
  const auto& categories = reference.cost_categories;
  list->Ok("cost categories", !options.cost_categories ? "switched off"
                              : categories             ? Counted(categories->size(), "patterns")
                                                       : "none are named");
  const auto& roles = reference.node_roles;
  list->Ok("node roles", roles ? Counted(roles->size(), "rows of nodes") : "those of the reports");
  const auto& period = reference.report_period_id;
  list->Ok("report period",
           fmt::format("{}, cluster {}", period ? fmt::format("id {}", *period) : "not known: null",
                       reference.cluster_id.value_or("not known: null")));
}

void CheckTable(Postgres* database, const RunOptions& options, const CheckedScope& scope, CheckList* list) {
  const auto version = OneRow(database, "SHOW server_version", {}, 1);
  list->Ok("database",
           fmt::format("{}, PostgreSQL {}", database->shown(), version.ok() ? version->front() : "?"));
  const auto table = FindSummaryTable(database, options.sink.schema);
  if (!table.ok()) {
    list->Fail("summary table", table.status(), RemedyOfTable(database, options));
    return list->Skip("partition", "the table cannot be used, see above");
  }
  list->Ok("summary table", table->name + ": may be read and written");
  CheckPartition(database, options, scope, *table, list);
}

void CheckReference(Postgres* database, const RunOptions& options, const CheckedScope& scope,
                    ReferenceData reference, CheckList* list) {
  if (!scope.source || !scope.month) {
    return list->Skip("enabled keys", "source and month are not known, see above");
  }
  const auto role = OneRow(database, "SELECT current_user", {}, 1);
  std::vector<std::string> notes;
  const auto added = role.ok()
                         ? AddFromDatabase(database, options.sink.schema, IsPostgresTarget(options.reference),
                                           *scope.source, *scope.month, &reference, &notes)
                         : role.status();
  if (added.ok()) return ListReference(options, reference, list);
  list->Fail(
      "enabled keys", added,
      fmt::format("where a table may not be read, let its owner say: GRANT SELECT ON ALL TABLES IN SCHEMA {} "
                  "TO {}; else do as the message says",
                  database->Quote(options.sink.schema),
                  role.ok() ? database->Quote(role->front()) : "the role"));
}

}  // namespace

void CheckDatabase(const RunOptions& options, const CheckedScope& scope, ReferenceData reference,
                   CheckList* list) {
  if (options.report_period_id) reference.report_period_id = options.report_period_id;
  if (options.cluster_id) reference.cluster_id = options.cluster_id;
  if (options.cluster_alias) reference.cluster_alias = options.cluster_alias;
  const bool named = IsPostgresTarget(options.reference), target = IsPostgresTarget(options.target);
  if (!named && !target) return ListReference(options, reference, list);
  std::unique_ptr<Postgres> database;
  if (target) {
    database = Connect(options.target, options, list);
    if (database) CheckTable(database.get(), options, scope, list);
  }
  if (named) {
    database.reset();  // one connection at a time
    database = Connect(options.reference, options, list);
  }
  if (!database) return list->Skip("enabled keys", "there is no connection, see above");
  CheckReference(database.get(), options, scope, std::move(reference), list);
}

}  // namespace costream
