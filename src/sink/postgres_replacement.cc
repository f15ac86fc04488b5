#include "sink/postgres_replacement.h"

#include <algorithm>

#include "base/error.h"

namespace costream {

arrow::Result<ExistingRows> PostgresReplacement::Existing(const RunScope& scope) {
  ARROW_RETURN_NOT_OK(LookAt(scope));
  if (!options_.create_partitions) ARROW_RETURN_NOT_OK(FindPartition().status());
  ExistingRows existing;
  const std::string counted = "SELECT usage_start - DATE '1970-01-01', count(*) FROM " + table_.name;
  if (options_.truncate) {
    ARROW_ASSIGN_OR_RAISE(existing.of_days, CountedRows(counted + " GROUP BY 1", {}));
  } else {
    ARROW_ASSIGN_OR_RAISE(existing.of_days, CountedRows(counted + " WHERE " + ReplacedRows() + " GROUP BY 1",
                                                        ReplacedValues()));
  }
  database_.reset();
  return existing;
}

arrow::Status PostgresReplacement::Connect(const RunScope& scope) {
  ARROW_RETURN_NOT_OK(LookAt(scope));
  ARROW_ASSIGN_OR_RAISE(const std::string made, FindPartition());
  if (!made.empty()) options_.tell("made the partition " + made);
  return arrow::Status::OK();
}

arrow::Status PostgresReplacement::Start() {
  transaction_.emplace(database_.get(), target_);
  ARROW_RETURN_NOT_OK(transaction_->Begin());
  ARROW_RETURN_NOT_OK(LockSource());
  return options_.truncate ? DeleteAll() : DeleteReplaced();
}

arrow::Status PostgresReplacement::Commit(const std::vector<Day>& days) {
  ARROW_RETURN_NOT_OK(CheckEmptied(days));
  ARROW_RETURN_NOT_OK(transaction_->Commit());
  database_.reset();
  return arrow::Status::OK();
}

arrow::Status PostgresReplacement::LookAt(const RunScope& scope) {
  scope_ = scope;
  ARROW_ASSIGN_OR_RAISE(database_, Postgres::Connect(target_, options_.cancelled));
  ARROW_ASSIGN_OR_RAISE(table_, FindSummaryTable(database_.get(), options_.schema));
  if (table_.types[kSourceUuid] == CopyType::kUuid && !ParseUuid(scope.identity.source)) {
    return UsageError("{}: the table's source_uuid is a uuid, and the source '{}' is none",
                      database_->shown(), scope.identity.source);
  }
  if (options_.replace == ReplaceRule::kKoku && !scope.identity.report_period_id) {
    return UsageError(
        "--replace koku replaces the rows of a report period, and that of source {} in {} is not known: "
        "give "
        "--report-period-id",
        scope.identity.source, FormatMonth(MonthOf(scope.first_day)));
  }
  return arrow::Status::OK();
}

// That of the run's days, made if need be; the name of one that was made.
arrow::Result<std::string> PostgresReplacement::FindPartition() {
  return EnsurePartition(database_.get(), options_.schema, table_, scope_.first_day, scope_.last_day,
                         options_.create_partitions);
}

arrow::Status PostgresReplacement::LockSource() {
  // A uuid has several spellings.
  const std::string key = fmt::format("hashtextextended($1 || $2::{}::text, 0)", table_.source_type);
  const std::vector<std::optional<std::string>> values = {"costream " + table_.name + " ",
                                                          scope_.identity.source};
  ARROW_ASSIGN_OR_RAISE(const PostgresRows locked,
                        database_->Execute("SELECT pg_try_advisory_xact_lock(" + key + ")", values));
  if (locked.IsTrue(0, 0)) return arrow::Status::OK();
  options_.tell("waiting for another run of source " + scope_.identity.source);
  return database_->Execute("SELECT pg_advisory_xact_lock(" + key + ")", values).status();
}

// Not TRUNCATE: that makes readers wait for the run's end, and those with a snapshot see an empty table.
arrow::Status PostgresReplacement::DeleteAll() {
  ARROW_RETURN_NOT_OK(
      database_->Execute("LOCK TABLE " + table_.name + " IN SHARE ROW EXCLUSIVE MODE").status());
  return database_->Execute("DELETE FROM " + table_.name).status();
}

arrow::Status PostgresReplacement::DeleteReplaced() {
  return CountedRows(fmt::format("WITH deleted AS (DELETE FROM {} WHERE {} RETURNING usage_start)"
                                 " SELECT usage_start - DATE '1970-01-01', count(*) FROM deleted GROUP BY 1",
                                 table_.name, ReplacedRows()),
                     ReplacedValues())
      .Value(&deleted_);
}

// The condition of the rows that the run replaces, and its parameters.
std::string PostgresReplacement::ReplacedRows() const {
  const bool own = options_.replace == ReplaceRule::kOwn;
  std::string rule =
      own ? fmt::format("source_uuid = $3::{}", table_.source_type) : "report_period_id = $3::bigint";
  rule += WithoutRowsOfOthers(table_.has_infrastructure_raw_cost, own && table_.has_cost_model_rate_type);
  return "usage_start BETWEEN $1::date AND $2::date AND " + rule + OfKinds();
}

std::vector<std::optional<std::string>> PostgresReplacement::ReplacedValues() const {
  return {FormatDay(scope_.first_day), FormatDay(scope_.last_day),
          options_.replace == ReplaceRule::kOwn ? scope_.identity.source
                                                : std::to_string(*scope_.identity.report_period_id)};
}

// Of a statement that gives days and numbers of rows.
arrow::Result<std::map<Day, int64_t>> PostgresReplacement::CountedRows(
    const std::string& sql, const std::vector<std::optional<std::string>>& values) {
  ARROW_ASSIGN_OR_RAISE(const PostgresRows rows, database_->Execute(sql, values));
  std::map<Day, int64_t> days;
  for (int row = 0; row < rows.size(); ++row) {
    days[std::stoi(rows.Text(row, 0))] = std::stoll(rows.Text(row, 1));
  }
  return days;
}

// Leaves the kinds alone that the run does not make.
std::string PostgresReplacement::OfKinds() const {
  const RowKindSet& kinds = scope_.kinds;
  if (kinds.pod && kinds.storage && kinds.unallocated) return "";
  std::string any;
  const auto add = [&](bool wanted, const char* rows) {
    if (wanted) any += fmt::format("{}({})", any.empty() ? "" : " OR ", rows);
  };
  add(kinds.pod, "data_source = 'Pod' AND pod_labels IS NOT NULL");
  add(kinds.storage, "data_source = 'Storage'");
  add(kinds.unallocated, "data_source = 'Pod' AND pod_labels IS NULL");
  return fmt::format(" AND ({})", any);
}

arrow::Status PostgresReplacement::CheckEmptied(const std::vector<Day>& days) const {
  if (options_.allow_empty) return arrow::Status::OK();
  std::string emptied;
  for (const auto& [day, rows] : deleted_) {
    if (!std::binary_search(days.begin(), days.end(), day))
      emptied += fmt::format("{}{} ({} rows)", emptied.empty() ? "" : ", ", FormatDay(day), rows);
  }
  if (emptied.empty()) return arrow::Status::OK();
  return UsageError(
      "{}: {} has rows of days for which there is no input: {}; narrow the run with --start and --end, or "
      "replace "
      "them by nothing with --allow-empty",
      database_->shown(), table_.name, emptied);
}

}  // namespace costream
