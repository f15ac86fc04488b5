#include "sink/summary_table.h"

#include <map>
#include <set>

#include "base/error.h"
#include "model/summary.h"
#include "sink/table_name.h"

namespace costream {
namespace {

struct TypeChoice {
  const char* postgres;  // pg_type.typname
  CopyType copy;
};

// The types that a column may have in the table.
std::vector<TypeChoice> ChoicesOf(int column) {
  switch (column) {
    case kUuid:
      return {{"uuid", CopyType::kUuid}};
    case kSourceUuid:
      return {{"uuid", CopyType::kUuid}, {"text", CopyType::kText}, {"varchar", CopyType::kText}};
    case kUsageStart:
    case kUsageEnd:
      return {{"date", CopyType::kDate}};
    case kCostCategoryId:
    case kReportPeriodId:
      return {{"int8", CopyType::kInt8}, {"int4", CopyType::kInt4}};
    case kPodLabelsColumn:
    case kVolumeLabelsColumn:
    case kAllLabelsColumn:
    case kInfrastructureUsageCostColumn:
      return {{"jsonb", CopyType::kJsonb}, {"json", CopyType::kText}, {"text", CopyType::kText}};
    default:
      if (column >= kFirstMeasure) return {{"numeric", CopyType::kNumeric}};
      return {{"text", CopyType::kText}, {"varchar", CopyType::kText}};
  }
}

arrow::Result<CopyType> TypeOf(const SummaryTable& table, int column, const std::string& typname) {
  const auto choices = ChoicesOf(column);
  for (const TypeChoice& choice : choices) {
    if (typname == choice.postgres) return choice.copy;
  }
  std::string expected;
  for (const TypeChoice& choice : choices)
    expected += (expected.empty() ? "" : " or ") + std::string(choice.postgres);
  return UsageError("{}: column '{}' has the type {}; costream writes {}", table.name,
                    SummarySchema()->field(column)->name(), typname, expected);
}

// The days of the month that lie in no partition, in order. A bound that is no date is MINVALUE or MAXVALUE.
constexpr const char* kDaysWithoutPartition = R"(
SELECT day::date - DATE '1970-01-01'
FROM generate_series($2::timestamp, $3::timestamp, interval '1 day') AS day
WHERE NOT EXISTS (
  SELECT FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid,
    LATERAL pg_get_expr(relpartbound, pg_class.oid) AS bound
  WHERE inhparent = $1::regclass
    AND (bound = 'DEFAULT'
         OR (day >= coalesce(substring(bound FROM 'FROM \(''([^'']+)''\)')::date, '-infinity')
             AND day < coalesce(substring(bound FROM 'TO \(''([^'']+)''\)')::date, 'infinity'))))
ORDER BY day)";

arrow::Result<std::vector<Day>> DaysWithoutPartition(Postgres* database, const SummaryTable& table,
                                                     Month month) {
  ARROW_ASSIGN_OR_RAISE(const PostgresRows rows,
                        database->Execute(kDaysWithoutPartition, {table.name, FormatDay(FirstDay(month)),
                                                                  FormatDay(LastDay(month))}));
  std::vector<Day> days;
  for (int row = 0; row < rows.size(); ++row) days.push_back(std::stoi(rows.Text(row, 0)));
  return days;
}

// One at a time, so that two runs do not make the same.
arrow::Status MakePartition(Postgres* database, const std::string& schema, const SummaryTable& table,
                            Month month, const std::string& name) {
  ARROW_RETURN_NOT_OK(database->Execute("BEGIN ISOLATION LEVEL READ COMMITTED").status());
  ARROW_RETURN_NOT_OK(database
                          ->Execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                                    {"costream partitions " + table.name})
                          .status());
  ARROW_ASSIGN_OR_RAISE(const auto missing, DaysWithoutPartition(database, table, month));
  if (!missing.empty()) {
    // Attached, not made as a partition: that would wait for all who read the table, and make them wait.
    const std::string partition = database->Quote(schema) + "." + database->Quote(name);
    ARROW_RETURN_NOT_OK(
        database
            ->Execute(fmt::format(
                "CREATE TABLE {} (LIKE {} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)",
                partition, table.name))
            .status());
    ARROW_RETURN_NOT_OK(
        database
            ->Execute(fmt::format("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ('{}') TO ('{}')",
                                  table.name, partition, FormatDay(FirstDay(month)),
                                  FormatDay(LastDay(month) + 1)))
            .status());
  }
  return database->Execute("COMMIT").status();
}

}  // namespace

arrow::Result<SummaryTable> FindSummaryTable(Postgres* database, const std::string& schema) {
  SummaryTable table;
  table.name = database->Quote(schema) + "." + database->Quote(kSummaryTable);
  ARROW_ASSIGN_OR_RAISE(
      const PostgresRows found,
      database->Execute(
          "SELECT c.oid, has_schema_privilege(n.oid, 'USAGE'), has_table_privilege(c.oid, 'SELECT'),"
          " has_table_privilege(c.oid, 'DELETE'),"
          " EXISTS (SELECT FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid"
          " AND a.attnum = p.partattrs[0] WHERE p.partrelid = c.oid AND partstrat = 'r'"
          " AND partnatts = 1 AND attname = 'usage_start')"
          " FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
          " WHERE nspname = $1 AND relname = $2 AND relkind IN ('r', 'p')",
          {schema, kSummaryTable}));
  if (found.size() == 0) {
    return UsageError(
        "{}: there is no table {}; name its schema with --schema, or make it with costream init-db",
        database->shown(), table.name);
  }
  for (const auto& [column, privilege] :
       {std::pair(1, "USAGE on its schema"), std::pair(2, "SELECT"), std::pair(3, "DELETE")}) {
    if (!found.IsTrue(0, column)) {
      return UsageError("{}: permission denied for table {}: the role lacks {}", database->shown(),
                        table.name, privilege);
    }
  }
  table.partitioned_by_day = found.IsTrue(0, 4);
  ARROW_ASSIGN_OR_RAISE(
      const PostgresRows columns,
      database->Execute(
          "SELECT attname, typname, has_column_privilege(attrelid, attnum, 'INSERT'),"
          " format_type(atttypid, NULL) FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid"
          " WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped",
          {found.Text(0, 0)}));
  std::map<std::string, int> rows;
  for (int row = 0; row < columns.size(); ++row) rows[columns.Text(row, 0)] = row;
  for (int column = 0; column < SummarySchema()->num_fields(); ++column) {
    const std::string& name = SummarySchema()->field(column)->name();
    const auto at = rows.find(name);
    if (at == rows.end())
      return UsageError("{}: table {} has no column '{}'", database->shown(), table.name, name);
    if (!columns.IsTrue(at->second, 2)) {
      return UsageError("{}: permission denied for table {}: the role lacks INSERT on column '{}'",
                        database->shown(), table.name, name);
    }
    ARROW_ASSIGN_OR_RAISE(const CopyType type, TypeOf(table, column, columns.Text(at->second, 1)));
    table.types.push_back(type);
    if (column == kSourceUuid) table.source_type = columns.Text(at->second, 3);
  }
  table.has_cost_model_rate_type = rows.contains("cost_model_rate_type");
  table.has_infrastructure_raw_cost = rows.contains("infrastructure_raw_cost");
  return table;
}

std::string WithoutRowsOfOthers(bool has_infrastructure_raw_cost, bool has_cost_model_rate_type) {
  std::string condition;
  if (has_cost_model_rate_type) condition += " AND cost_model_rate_type IS NULL";
  if (has_infrastructure_raw_cost)
    condition += " AND (infrastructure_raw_cost IS NULL OR infrastructure_raw_cost = 0)";
  return condition;
}

arrow::Result<TableToRead> FindTableToRead(Postgres* database, const std::string& schema) {
  TableToRead table;
  table.name = database->Quote(schema) + "." + database->Quote(kSummaryTable);
  ARROW_ASSIGN_OR_RAISE(
      const PostgresRows found,
      database->Execute("SELECT attname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                        " JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped"
                        " WHERE nspname = $1 AND relname = $2 AND relkind IN ('r', 'p')",
                        {schema, kSummaryTable}));
  if (found.size() == 0) {
    return InputError("{}: there is no table {}; name its schema with --schema", database->shown(),
                      table.name);
  }
  std::set<std::string> there;
  for (int row = 0; row < found.size(); ++row) there.insert(found.Text(row, 0));
  for (const std::string& name : SummarySchema()->field_names())
    table.columns.push_back(there.contains(name));
  table.own_rows = "true" + WithoutRowsOfOthers(there.contains("infrastructure_raw_cost"),
                                                there.contains("cost_model_rate_type"));
  return table;
}

arrow::Result<std::string> EnsurePartition(Postgres* database, const std::string& schema,
                                           const SummaryTable& table, Day first, Day last, bool create) {
  if (!table.partitioned_by_day) return "";
  const Month month = MonthOf(first);
  ARROW_ASSIGN_OR_RAISE(const auto missing, DaysWithoutPartition(database, table, month));
  int64_t of_run = 0;
  for (const Day day : missing) of_run += day >= first && day <= last;
  if (of_run == 0) return "";
  const bool all_of_month = missing.size() == static_cast<size_t>(LastDay(month) - FirstDay(month) + 1);
  const std::string name = fmt::format("{}_{:04}_{:02}", kSummaryTable, month.year, month.month);
  if (create && all_of_month) {
    ARROW_RETURN_NOT_OK(MakePartition(database, schema, table, month, name));
    return name;
  }
  if (create) {
    return UsageError(
        "{}: table {} has no partition for {}, but for other days of the month: make it by hand, as the "
        "others were",
        database->shown(), table.name, FormatDay(missing.front()));
  }
  // Days to come may lack theirs: rows decide.
  if (of_run <= last - first) return "";
  return UsageError("{}: table {} has no partition {} for {} to {}; make it, or use --create-partitions",
                    database->shown(), table.name, name, FormatDay(FirstDay(month)),
                    FormatDay(LastDay(month)));
}

}  // namespace costream
