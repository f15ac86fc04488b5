#include "summary/postgres_summary.h"

#include <cmath>
#include <limits>

#include "base/error.h"
#include "decode/numbers.h"
#include "sink/summary_table.h"
#include "source/postgres.h"

namespace costream {
namespace {

constexpr int kRowsPerFetch = 1000;  // some 2 MB

class PostgresSummary : public SummaryReader {
 public:
  const std::vector<bool>& columns() const override { return columns_; }

  arrow::Status Open(const std::string& target, const std::string& schema) {
    ARROW_ASSIGN_OR_RAISE(database_, Postgres::Connect(target, nullptr));
    // Scans that join others that are under way would give the rows in another order each time.
    for (const char* statement :
         {"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "SET LOCAL datestyle = 'ISO, YMD'",
          "SET LOCAL synchronize_seqscans = off"}) {
      ARROW_RETURN_NOT_OK(database_->Execute(statement).status());
    }
    ARROW_ASSIGN_OR_RAISE(const TableToRead table, FindTableToRead(database_.get(), schema));
    if (!table.columns[kUsageStart]) {
      return InputError("{}: table {} has no column usage_start; it is no summary", database_->shown(),
                        table.name);
    }
    columns_ = table.columns;
    for (int column = 0; column < SummarySchema()->num_fields(); ++column) {
      selected_ += fmt::format("{}{}", column ? ", " : "",
                               columns_[column] ? SummarySchema()->field(column)->name() : "NULL");
    }
    from_ = fmt::format("FROM {} WHERE {}", table.name, table.own_rows);
    return arrow::Status::OK();
  }

  arrow::Result<std::vector<Day>> Days() override {
    ARROW_ASSIGN_OR_RAISE(const PostgresRows rows,
                          database_->Execute(fmt::format(
                              "SELECT DISTINCT usage_start::date - DATE '1970-01-01' {} ORDER BY 1", from_)));
    std::vector<Day> days;
    for (int row = 0; row < rows.size(); ++row) {
      const auto day = rows.View(row, 0);
      if (!day) return InputError("{}: column usage_start is null in a row", database_->shown());
      days.push_back(std::stoi(std::string(*day)));
    }
    return days;
  }

  arrow::Status Read(Day day, const TakeRow& take) override {
    ARROW_RETURN_NOT_OK(
        database_
            ->Execute(
                fmt::format("DECLARE summary NO SCROLL CURSOR FOR SELECT {} {} AND usage_start >= DATE '{}'"
                            " AND usage_start < DATE '{}' ORDER BY tableoid, ctid",
                            selected_, from_, FormatDay(day), FormatDay(day + 1)))
            .status());
    const arrow::Status taken = FetchAll(take);
    if (database_->lost()) return taken;
    const arrow::Status closed = database_->Execute("CLOSE summary").status();
    return taken.ok() ? closed : taken;
  }

 private:
  arrow::Status FetchAll(const TakeRow& take) {
    const std::string fetch = fmt::format("FETCH {} FROM summary", kRowsPerFetch);
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const PostgresRows rows, database_->Execute(fetch));
      for (int row = 0; row < rows.size(); ++row) {
        ARROW_RETURN_NOT_OK(ToRow(rows, row));
        ARROW_RETURN_NOT_OK(take(row_));
      }
      if (rows.size() < kRowsPerFetch) return arrow::Status::OK();
    }
  }

  arrow::Status ToRow(const PostgresRows& rows, int row) {
    for (int column = 0; column < kFirstMeasure; ++column) row_.texts[column] = rows.View(row, column);
    for (const int column : {int{kUsageStart}, int{kUsageEnd}}) {
      if (row_.texts[column]) row_.texts[column] = row_.texts[column]->substr(0, 10);
    }
    for (int i = 0; i < kSummaryMeasures; ++i) {
      const auto text = rows.View(row, kFirstMeasure + i);
      row_.measures[i] = std::numeric_limits<double>::quiet_NaN();
      if (!text) continue;
      const auto number = ParseNumber(*text);
      if (!number || !std::isfinite(*number)) {
        return InputError("{}: column {}: '{}' is no number", database_->shown(),
                          SummarySchema()->field(kFirstMeasure + i)->name(), *text);
      }
      row_.measures[i] = *number;
    }
    return arrow::Status::OK();
  }

  std::unique_ptr<Postgres> database_;
  std::vector<bool> columns_;
  std::string selected_, from_;
  StoredRow row_;
};

}  // namespace

arrow::Result<std::unique_ptr<SummaryReader>> OpenPostgresSummary(const std::string& target,
                                                                  const std::string& schema) {
  auto summary = std::make_unique<PostgresSummary>();
  ARROW_RETURN_NOT_OK(summary->Open(target, schema));
  return summary;
}

}  // namespace costream
