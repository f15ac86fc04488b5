#include "sink/postgres_staging.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "sink/postgres_copy.h"
#include "sink/postgres_replacement.h"
#include "sink/postgres_transaction.h"
#include "sink/summary_table.h"

namespace costream {
namespace {

// The tables' names in the schema.
struct StagingTables {
  StagingTables(const Postgres& database, const std::string& schema)
      : run(database.Quote(schema) + ".costream_run"),
        unit(database.Quote(schema) + ".costream_unit"),
        row(database.Quote(schema) + ".costream_staged_row") {}

  std::string run, unit, row;
};

std::string SummaryColumns() { return fmt::format("{}", fmt::join(SummarySchema()->field_names(), ", ")); }

arrow::Status Do(Postgres* database, const std::string& sql,
                 const std::vector<std::optional<std::string>>& values = {}) {
  return database->Execute(sql, values).status();
}

// Of a unit: that its rows are those of its manifest.
std::string AsStaged(const StagingTables& tables) {
  return fmt::format(
      "EXISTS (SELECT FROM {} s WHERE s.unit = u.unit HAVING count(*) = u.rows AND {} = u.checksum)",
      tables.row, RowChecksum::Sql());
}

// Only where they are absent: making one takes a privilege, even if it is there. Rows take their unit from a
// setting of the transaction, so that they are copied as those of the summary table are. Measures keep all of
// their digits, of which the summary table may have fewer.
arrow::Status MakeTables(Postgres* database, const StagingTables& tables, const SummaryTable& summary) {
  ARROW_ASSIGN_OR_RAISE(
      const auto found,
      database->Execute("SELECT WHERE to_regclass($1) IS NOT NULL AND to_regclass($2) IS NOT NULL"
                        " AND to_regclass($3) IS NOT NULL",
                        {tables.run, tables.unit, tables.row}));
  if (found.size() > 0) return arrow::Status::OK();
  std::string all_digits;
  for (int i = kFirstMeasure; i < SummarySchema()->num_fields(); ++i) {
    all_digits += fmt::format(", ALTER {} TYPE numeric", SummarySchema()->field(i)->name());
  }
  for (const std::string& sql :
       {fmt::format("CREATE TABLE {} (run text PRIMARY KEY, opened timestamp with time zone NOT NULL)",
                    tables.run),
        fmt::format("CREATE TABLE {} (unit bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                    " run text NOT NULL REFERENCES {} ON DELETE CASCADE, source text NOT NULL,"
                    " first_day date NOT NULL, last_day date NOT NULL, input text NOT NULL, rows bigint,"
                    " checksum numeric, days date[], staged timestamp with time zone, replaced boolean NOT "
                    "NULL DEFAULT false,"
                    " UNIQUE (run, source, first_day))",
                    tables.unit, tables.run),
        fmt::format("CREATE UNLOGGED TABLE {} AS SELECT {} FROM {} WITH NO DATA", tables.row,
                    SummaryColumns(), summary.name),
        fmt::format("ALTER TABLE {} ADD unit bigint NOT NULL,"
                    " ALTER unit SET DEFAULT current_setting('costream.unit')::bigint{}",
                    tables.row, all_digits),
        fmt::format("CREATE INDEX ON {} (unit)", tables.row)}) {
    ARROW_RETURN_NOT_OK(Do(database, sql));
  }
  return arrow::Status::OK();
}

// The run goes before its rows: what is being staged for it is waited for, and nothing more comes.
arrow::Status Forget(Postgres* database, const StagingTables& tables, const std::string& run) {
  ARROW_RETURN_NOT_OK(Do(database, "SELECT FROM " + tables.run + " WHERE run = $1 FOR UPDATE", {run}));
  ARROW_RETURN_NOT_OK(Do(database,
                         fmt::format("DELETE FROM {} WHERE unit IN (SELECT unit FROM {} WHERE run = $1)",
                                     tables.row, tables.unit),
                         {run}));
  return Do(database, "DELETE FROM " + tables.run + " WHERE run = $1", {run});
}

arrow::Status ForgetDead(Postgres* database, const StagingTables& tables) {
  ARROW_ASSIGN_OR_RAISE(const auto dead, database->Execute(fmt::format(
                                             "SELECT run FROM {} r WHERE opened < now() - interval '1 day'"
                                             " AND NOT EXISTS (SELECT FROM {} u WHERE u.run = r.run"
                                             " AND staged > now() - interval '1 day')",
                                             tables.run, tables.unit)));
  for (int i = 0; i < dead.size(); ++i) {
    ARROW_RETURN_NOT_OK(Forget(database, tables, dead.Text(i, 0)));
  }
  return arrow::Status::OK();
}

std::string JsonOf(const std::vector<StagedUnit>& units) {
  nlohmann::json rows = nlohmann::json::array();
  for (const StagedUnit& unit : units) {
    rows.push_back({{"n", rows.size()},
                    {"source", unit.source},
                    {"first_day", FormatDay(unit.first_day)},
                    {"last_day", FormatDay(unit.last_day)},
                    {"input", unit.input}});
  }
  return rows.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

constexpr const char* kGivenUnits =
    "WITH given AS (SELECT * FROM jsonb_to_recordset($2::jsonb)"
    " AS g(n int, source text, first_day date, last_day date, input text))";

// What was staged of other days or another input does not count; nor does that a source is replaced, if one
// of its units has changed since.
arrow::Status DropChanged(Postgres* database, const StagingTables& tables, const std::string& run,
                          const std::string& units) {
  const std::string changed = fmt::format(
      "changed AS (SELECT coalesce(u.source, g.source) AS source, u.unit FROM"
      " (SELECT * FROM {} WHERE run = $1) u FULL JOIN given g USING (source, first_day, last_day, input)"
      " WHERE u.unit IS NULL OR g.n IS NULL), dropped AS (DELETE FROM {} u WHERE run = $1 AND"
      " (unit IN (SELECT unit FROM changed) OR replaced AND source IN (SELECT source FROM changed))"
      " RETURNING unit) ",
      tables.unit, tables.unit);
  ARROW_RETURN_NOT_OK(Do(database,
                         fmt::format("{}, {} DELETE FROM {} WHERE unit IN (SELECT unit FROM dropped)",
                                     kGivenUnits, changed, tables.row),
                         {run, units}));
  // After a crash of the server unlogged tables are empty.
  return Do(database,
            fmt::format("UPDATE {} u SET rows = NULL WHERE run = $1 AND NOT replaced AND rows IS NOT NULL"
                        " AND NOT {}",
                        tables.unit, AsStaged(tables)),
            {run});
}

arrow::Result<std::vector<OpenedUnit>> PutUnits(Postgres* database, const StagingTables& tables,
                                                const std::string& run, const std::string& units) {
  ARROW_RETURN_NOT_OK(Do(database,
                         fmt::format("{} INSERT INTO {} (run, source, first_day, last_day, input)"
                                     " SELECT $1, source, first_day, last_day, input FROM given ORDER BY n"
                                     " ON CONFLICT DO NOTHING",
                                     kGivenUnits, tables.unit),
                         {run, units}));
  ARROW_ASSIGN_OR_RAISE(
      const auto rows,
      database->Execute(
          fmt::format(
              "{} SELECT unit, rows IS NOT NULL, replaced FROM given JOIN {} USING (source, first_day)"
              " WHERE run = $1 ORDER BY n",
              kGivenUnits, tables.unit),
          {run, units}));
  std::vector<OpenedUnit> opened;
  for (int i = 0; i < rows.size(); ++i) {
    opened.push_back({std::stoll(rows.Text(i, 0)), rows.IsTrue(i, 2)   ? UnitState::kReplaced
                                                   : rows.IsTrue(i, 1) ? UnitState::kStaged
                                                                       : UnitState::kPlanned});
  }
  return opened;
}

class StagingSink : public UnitSink {
 public:
  StagingSink(std::string target, const SinkOptions& options, int64_t unit)
      : target_(std::move(target)), options_(options), unit_(std::to_string(unit)) {}

  arrow::Status Begin(const RunScope&) override {
    ARROW_ASSIGN_OR_RAISE(database_, Postgres::Connect(target_, options_.cancelled));
    return FindSummaryTable(database_.get(), options_.schema).Value(&summary_);
  }

  arrow::Status Commit(const std::vector<Day>& days) override {
    ARROW_RETURN_NOT_OK(Start());
    ARROW_RETURN_NOT_OK(copy_->Finish());
    std::vector<std::string> texts;
    for (const Day day : days) texts.push_back(FormatDay(day));
    const StagingTables tables(*database_, options_.schema);
    ARROW_RETURN_NOT_OK(
        Do(database_.get(),
           "UPDATE " + tables.unit +
               " SET rows = $2::bigint, checksum = $3::numeric, days = $4::date[], staged = now() WHERE unit "
               "= $1",
           {unit_, std::to_string(rows_), checksum(), fmt::format("{{{}}}", fmt::join(texts, ","))}));
    ARROW_RETURN_NOT_OK(transaction_->Commit());
    database_.reset();
    return arrow::Status::OK();
  }

  void Abort() override { database_.reset(); }

 private:
  arrow::Status WriteRows(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    ARROW_RETURN_NOT_OK(Start());
    rows_ += batch->num_rows();
    return copy_->Write(*batch);
  }

  // With the first rows, not before. The run is locked before the unit, as where it is closed.
  arrow::Status Start() {
    if (transaction_) return arrow::Status::OK();
    transaction_.emplace(database_.get(), target_);
    ARROW_RETURN_NOT_OK(transaction_->Begin());
    const StagingTables tables(*database_, options_.schema);
    ARROW_ASSIGN_OR_RAISE(const auto run,
                          database_->Execute("SELECT FROM " + tables.run + " r JOIN " + tables.unit +
                                                 " USING (run) WHERE unit = $1 FOR KEY SHARE OF r",
                                             {unit_}));
    ARROW_ASSIGN_OR_RAISE(
        const auto unit,
        database_->Execute("SELECT replaced FROM " + tables.unit + " WHERE unit = $1 FOR UPDATE", {unit_}));
    if (run.size() == 0 || unit.size() == 0) {
      return UsageError("{}: the run of unit {} is closed; nothing is staged for it any more",
                        database_->shown(), unit_);
    }
    if (unit.IsTrue(0, 0)) {
      return UsageError("{}: the rows of unit {} are in the summary already", database_->shown(), unit_);
    }
    ARROW_RETURN_NOT_OK(Do(database_.get(), "SELECT set_config('costream.unit', $1, true)", {unit_}));
    ARROW_RETURN_NOT_OK(Do(database_.get(), "DELETE FROM " + tables.row + " WHERE unit = $1", {unit_}));
    copy_.emplace(database_.get(), tables.row, summary_.types);
    return arrow::Status::OK();
  }

  const std::string target_;
  const SinkOptions options_;
  const std::string unit_;
  std::unique_ptr<Postgres> database_;
  SummaryTable summary_;
  std::optional<PostgresTransaction> transaction_;
  std::optional<PostgresCopy> copy_;
  int64_t rows_ = 0;
};

}  // namespace

arrow::Result<std::vector<OpenedUnit>> PostgresStaging::Open(const std::vector<StagedUnit>& units,
                                                             bool resume) {
  ARROW_ASSIGN_OR_RAISE(const auto database, Postgres::Connect(target_, options_.cancelled));
  ARROW_ASSIGN_OR_RAISE(const SummaryTable summary, FindSummaryTable(database.get(), options_.schema));
  const StagingTables tables(*database, options_.schema);
  PostgresTransaction transaction(database.get(), target_);
  ARROW_RETURN_NOT_OK(transaction.Begin());
  ARROW_RETURN_NOT_OK(Do(database.get(), "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                         {"costream staging " + options_.schema}));
  ARROW_RETURN_NOT_OK(MakeTables(database.get(), tables, summary));
  ARROW_ASSIGN_OR_RAISE(const auto reopened, database->Execute("UPDATE " + tables.run +
                                                                   " SET opened = now() WHERE run = $1"
                                                                   " RETURNING run",
                                                               {run_}));
  if (resume && reopened.size() == 0) {
    return UsageError(
        "{}: no run {} is open: it is done, or nothing was staged for it for a day; start a new one",
        database->shown(), run_);
  }
  ARROW_RETURN_NOT_OK(ForgetDead(database.get(), tables));
  if (!resume) {
    ARROW_RETURN_NOT_OK(
        Do(database.get(), "INSERT INTO " + tables.run + " (run, opened) VALUES ($1, now())", {run_}));
  }
  const std::string given = JsonOf(units);
  ARROW_RETURN_NOT_OK(DropChanged(database.get(), tables, run_, given));
  ARROW_ASSIGN_OR_RAISE(auto opened, PutUnits(database.get(), tables, run_, given));
  ARROW_RETURN_NOT_OK(transaction.Commit());
  return opened;
}

arrow::Result<int64_t> PostgresStaging::Replace(const RunScope& scope, int64_t units) {
  PostgresReplacement replacement(target_, options_);
  ARROW_RETURN_NOT_OK(replacement.Connect(scope));
  ARROW_RETURN_NOT_OK(replacement.Start());
  Postgres* const database = replacement.database();
  const StagingTables tables(*database, options_.schema);
  const std::vector<std::optional<std::string>> ours = {run_, scope.identity.source};
  ARROW_ASSIGN_OR_RAISE(const auto found,
                        database->Execute("SELECT rows, replaced FROM " + tables.unit +
                                              " WHERE run = $1 AND source = $2 ORDER BY unit FOR UPDATE",
                                          ours));
  int64_t rows = 0, staged = 0, replaced = 0;
  for (int i = 0; i < found.size(); ++i) {
    staged += found.Find(i, 0).has_value();
    replaced += found.IsTrue(i, 1);
    rows += std::stoll(found.Find(i, 0).value_or("0"));
  }
  if (units > 0 && replaced == units) return rows;  // what has been deleted is rolled back
  if (staged != units || found.size() != units) {
    return MakeError(ErrorKind::kTransient,
                     fmt::format("{}: {} of {} units of source {} are staged", database->shown(), staged,
                                 units, scope.identity.source));
  }
  ARROW_ASSIGN_OR_RAISE(
      const auto changed,
      database->Execute(
          fmt::format("SELECT first_day FROM {} u WHERE run = $1 AND source = $2 AND NOT {} ORDER BY 1",
                      tables.unit, AsStaged(tables)),
          ours));
  if (changed.size() > 0) {
    return MakeError(
        ErrorKind::kTransient,
        fmt::format(
            "{}: the staged rows of source {}, {}, are not those that its task has made (count or checksum): "
            "has the server crashed, or something changed {}? Take the run up with --resume {}, which makes "
            "them again",
            database->shown(), scope.identity.source, changed.Text(0, 0), tables.row, run_));
  }
  const std::string of_units =
      " WHERE unit IN (SELECT unit FROM " + tables.unit + " WHERE run = $1 AND source = $2)";
  ARROW_RETURN_NOT_OK(Do(database,
                         fmt::format("INSERT INTO {} ({}) SELECT {} FROM {}{}", replacement.table().name,
                                     SummaryColumns(), SummaryColumns(), tables.row, of_units),
                         ours));
  ARROW_RETURN_NOT_OK(Do(database, "DELETE FROM " + tables.row + of_units, ours));
  ARROW_ASSIGN_OR_RAISE(
      const auto with_input,
      database->Execute("SELECT day - DATE '1970-01-01' FROM " + tables.unit +
                            ", unnest(days) AS day WHERE run = $1 AND source = $2 ORDER BY 1",
                        ours));
  std::vector<Day> days;
  for (int i = 0; i < with_input.size(); ++i) days.push_back(std::stoi(with_input.Text(i, 0)));
  ARROW_RETURN_NOT_OK(
      Do(database, "UPDATE " + tables.unit + " SET replaced = true WHERE run = $1 AND source = $2", ours));
  ARROW_RETURN_NOT_OK(replacement.Commit(days));
  return rows;
}

arrow::Status PostgresStaging::Close() {
  ARROW_ASSIGN_OR_RAISE(const auto database, Postgres::Connect(target_, options_.cancelled));
  PostgresTransaction transaction(database.get(), target_);
  ARROW_RETURN_NOT_OK(transaction.Begin());
  ARROW_RETURN_NOT_OK(Forget(database.get(), StagingTables(*database, options_.schema), run_));
  return transaction.Commit();
}

std::unique_ptr<UnitSink> MakeStagingSink(const std::string& target, const SinkOptions& options,
                                          int64_t unit) {
  return std::make_unique<StagingSink>(target, options, unit);
}

}  // namespace costream
