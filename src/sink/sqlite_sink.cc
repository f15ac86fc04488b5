#include "sink/sqlite_sink.h"

#include <arrow/array.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <map>
#include <thread>

#include "base/error.h"
#include "base/fault_point.h"
#include "sink/atomic_file.h"
#include "sink/existing_rows.h"
#include "sink/sqlite.h"
#include "sink/table_name.h"
#include "sink/uuid_text.h"

namespace costream {
namespace {

const char* TypeOf(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::DATE32:
      return "DATE";
    case arrow::Type::INT64:
      return "INTEGER";
    case arrow::Type::DOUBLE:
      return "REAL";
    default:
      return "TEXT";
  }
}

std::string CreateTable() {
  std::vector<std::string> columns;
  for (const auto& field : SummarySchema()->fields()) {
    columns.push_back(
        fmt::format("{} {}{}", field->name(), TypeOf(*field->type()), field->nullable() ? "" : " NOT NULL"));
  }
  return fmt::format("CREATE TABLE {} ({})", kSummaryTable, fmt::join(columns, ", "));
}

// Which rows a run stands for. Parameters: source, first day, the day after the last.
std::string ConditionOf(const RunScope& scope, const std::vector<std::string>& columns) {
  const std::string condition =
      "source_uuid = ?1 AND usage_start >= ?2 AND usage_start < ?3 AND " + OwnRows(columns);
  if (scope.kinds.pod && scope.kinds.storage && scope.kinds.unallocated) return condition;
  std::vector<std::string_view> kinds;
  if (scope.kinds.pod) kinds.push_back("(data_source = 'Pod' AND pod_labels IS NOT NULL)");
  if (scope.kinds.storage) kinds.push_back("data_source = 'Storage'");
  if (scope.kinds.unallocated) kinds.push_back("(data_source = 'Pod' AND pod_labels IS NULL)");
  return fmt::format("{} AND ({})", condition, fmt::join(kinds, " OR "));
}

class SqliteSink : public Sink {
 public:
  SqliteSink(std::string path, std::string target, const SinkOptions& options)
      : path_(std::move(path)), target_(std::move(target)), options_(options) {}
  ~SqliteSink() override { Abort(); }

  arrow::Result<ExistingRows> Existing(const RunScope& scope) override {
    ARROW_RETURN_NOT_OK(CheckFolder());
    ExistingRows existing;
    if (std::error_code error; !std::filesystem::exists(path_, error)) return existing;
    ARROW_RETURN_NOT_OK(Named(Look(scope).Value(&existing.of_days)));
    return existing;
  }

  arrow::Status Begin(const RunScope& scope) override { return Named(Start(scope)); }

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      // Bound texts point here or into the batch until the row is written.
      std::array<std::string, kFirstMeasure> texts;
      for (int column = 0; column < batch->num_columns(); ++column) {
        BindCell(*batch->column(column), row, column + 1, &texts);
      }
      ARROW_RETURN_NOT_OK(Named(insert_->Run()));
    }
    return arrow::Status::OK();
  }

  arrow::Status Commit(const std::vector<Day>& days) override {
    std::vector<Day> emptied;
    std::set_difference(replaced_.begin(), replaced_.end(), days.begin(), days.end(),
                        std::back_inserter(emptied));
    if (!emptied.empty() && !options_.allow_empty) return EmptyDaysRefused(target_, emptied);
    ARROW_RETURN_NOT_OK(Pass(FaultPoint::kSqliteCommit));
    ARROW_RETURN_NOT_OK(Named(database_->Execute("COMMIT")));
    Close();
    return arrow::Status::OK();
  }

  void Abort() override {
    if (!database_) return;
    // While the lock is held: who waits for it sees that the file has gone, and makes its own.
    if (made_) unlink(path_.c_str());
    Close();
  }

 private:
  arrow::Status Start(const RunScope& scope) {
    ARROW_RETURN_NOT_OK(Lock());
    ARROW_ASSIGN_OR_RAISE(const auto columns, Columns());
    if (columns.empty()) {
      ARROW_RETURN_NOT_OK(database_->Execute(CreateTable()));
      ARROW_RETURN_NOT_OK(database_->Execute(
          fmt::format("CREATE INDEX {0}_day_source ON {0} (usage_start, source_uuid)", kSummaryTable)));
    } else {
      ARROW_RETURN_NOT_OK(Replace(scope, ConditionOf(scope, columns)));
    }
    const std::vector<std::string> names = SummarySchema()->field_names();
    ARROW_ASSIGN_OR_RAISE(
        auto insert, database_->Prepare(
                         fmt::format("INSERT INTO {} ({}) VALUES ({})", kSummaryTable, fmt::join(names, ", "),
                                     fmt::join(std::vector<std::string>(names.size(), "?"), ", "))));
    insert_.emplace(std::move(insert));
    return arrow::Status::OK();
  }

  // The rows that a run would remove, by day.
  arrow::Result<std::map<Day, int64_t>> Look(const RunScope& scope) {
    ARROW_ASSIGN_OR_RAISE(database_, Sqlite::Open(path_, SQLITE_OPEN_READONLY));
    database_->OnBusy([this] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      return !options_.cancelled();
    });
    ARROW_ASSIGN_OR_RAISE(const auto columns, Columns());
    std::map<Day, int64_t> rows;
    if (!columns.empty()) {
      ARROW_ASSIGN_OR_RAISE(rows, Count(scope, ConditionOf(scope, columns)));
    }
    Close();
    return rows;
  }

  // Of the table, all that are needed; none where it is not there.
  arrow::Result<std::vector<std::string>> Columns() {
    ARROW_ASSIGN_OR_RAISE(auto columns, database_->ColumnsOf(std::string(kSummaryTable)));
    if (columns.empty()) return columns;
    for (const auto& name : SummarySchema()->field_names()) {
      if (std::find(columns.begin(), columns.end(), name) != columns.end()) continue;
      return UsageError(
          "--to {}: the table {} has no column {}; name a database that costream has made, or "
          "add the column",
          target_, kSummaryTable, name);
    }
    return columns;
  }

  arrow::Status CheckFolder() const {
    const std::filesystem::path folder = std::filesystem::absolute(path_).parent_path();
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) {
      return UsageError("--to {}: the folder {} does not exist; create it first", target_, folder.string());
    }
    return arrow::Status::OK();
  }

  // Opens the database and begins the transaction, which holds its lock for writing.
  arrow::Status Lock() {
    ARROW_RETURN_NOT_OK(CheckFolder());
    std::error_code error;
    for (bool waiting = false;;) {
      const bool existed = std::filesystem::exists(path_, error);
      ARROW_ASSIGN_OR_RAISE(database_, Sqlite::Open(path_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
      database_->OnBusy([&, waiting]() mutable {
        if (!waiting) options_.tell(fmt::format("another run holds {}; waiting for it", target_));
        waiting = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return !options_.cancelled();
      });
      const arrow::Status begun = database_->Execute("BEGIN IMMEDIATE");
      if (database_->HasMoved()) {  // a run that failed has removed it meanwhile
        waiting = true;             // and that was told
        continue;
      }
      ARROW_RETURN_NOT_OK(begun);
      made_ = !existed && std::filesystem::file_size(path_, error) == 0;  // else a run before has made it
      return arrow::Status::OK();
    }
  }

  // Removes the rows that the run stands for, and remembers their days.
  arrow::Status Replace(const RunScope& scope, const std::string& condition) {
    ARROW_ASSIGN_OR_RAISE(const auto rows, Count(scope, condition));
    for (const auto& [day, count] : rows) replaced_.push_back(day);
    return ForRows(scope, fmt::format("DELETE FROM {} WHERE {}", kSummaryTable, condition),
                   [](const SqliteStatement&) {});
  }

  // The rows that the run stands for, by day.
  arrow::Result<std::map<Day, int64_t>> Count(const RunScope& scope, const std::string& condition) {
    std::map<Day, int64_t> rows;
    ARROW_RETURN_NOT_OK(
        ForRows(scope,
                fmt::format("SELECT substr(usage_start, 1, 10), count(*) FROM {} WHERE {} GROUP BY 1",
                            kSummaryTable, condition),
                [&](const SqliteStatement& row) {
                  if (const auto day = ParseDay(row.Text(0))) rows[*day] = row.Integer(1);
                }));
    return rows;
  }

  // Runs a statement with the parameters of ConditionOf; `take` gets its rows.
  template <typename Take>
  arrow::Status ForRows(const RunScope& scope, const std::string& sql, Take take) {
    const std::string first = FormatDay(scope.first_day), end = FormatDay(scope.last_day + 1);
    ARROW_ASSIGN_OR_RAISE(auto statement, database_->Prepare(sql));
    statement.Bind(1, std::string_view(scope.identity.source));
    statement.Bind(2, std::string_view(first));
    statement.Bind(3, std::string_view(end));
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const bool more, statement.Step());
      if (!more) return arrow::Status::OK();
      take(statement);
    }
  }

  void BindCell(const arrow::Array& column, int64_t row, int parameter,
                std::array<std::string, kFirstMeasure>* texts) {
    if (column.IsNull(row)) return insert_->Bind(parameter, std::optional<std::string_view>());
    switch (column.type_id()) {
      case arrow::Type::DOUBLE:
        return insert_->Bind(parameter,
                             std::optional(static_cast<const arrow::DoubleArray&>(column).Value(row)));
      case arrow::Type::INT64:
        return insert_->Bind(parameter,
                             std::optional(static_cast<const arrow::Int64Array&>(column).Value(row)));
      case arrow::Type::STRING:
        return insert_->Bind(parameter,
                             std::optional(static_cast<const arrow::StringArray&>(column).GetView(row)));
      case arrow::Type::DICTIONARY: {
        const auto& codes = static_cast<const arrow::DictionaryArray&>(column);
        const auto& values = static_cast<const arrow::StringArray&>(*codes.dictionary());
        return insert_->Bind(parameter, std::optional(values.GetView(codes.GetValueIndex(row))));
      }
      default: {
        std::string& text = (*texts)[parameter - 1];
        text = column.type_id() == arrow::Type::DATE32
                   ? FormatDay(static_cast<const arrow::Date32Array&>(column).Value(row))
                   : UuidText(static_cast<const arrow::FixedSizeBinaryArray&>(column).GetValue(row));
        return insert_->Bind(parameter, std::optional<std::string_view>(text));
      }
    }
  }

  // Ends a transaction that is open by rolling it back.
  void Close() {
    insert_.reset();
    database_.reset();
  }

  arrow::Status Named(const arrow::Status& status) const {
    if (status.ok() || !options_.cancelled()) return WriteError(target_, status);
    return MakeError(ErrorKind::kCancelled, "stopped");
  }

  const std::string path_, target_;
  const SinkOptions options_;
  std::unique_ptr<Sqlite> database_;
  std::optional<SqliteStatement> insert_;
  bool made_ = false;          // the file was not there before
  std::vector<Day> replaced_;  // that had rows, ascending
};

}  // namespace

std::string OwnRows(const std::vector<std::string>& columns) {
  const auto has = [&](std::string_view name) {
    return std::find(columns.begin(), columns.end(), name) != columns.end();
  };
  std::string condition = has("cost_model_rate_type") ? "cost_model_rate_type IS NULL" : "true";
  if (has("infrastructure_raw_cost")) {
    condition += " AND (infrastructure_raw_cost IS NULL OR CAST(infrastructure_raw_cost AS REAL) = 0)";
  }
  return condition;
}

std::unique_ptr<Sink> MakeSqliteSink(const std::string& path, const std::string& target,
                                     const SinkOptions& options) {
  return std::make_unique<SqliteSink>(path, target, options);
}

}  // namespace costream
