#include "summary/sqlite_summary.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "decode/numbers.h"
#include "sink/sqlite.h"
#include "sink/sqlite_sink.h"
#include "sink/table_name.h"

namespace costream {
namespace {

class SqliteSummary : public SummaryReader {
 public:
  explicit SqliteSummary(std::string path) : path_(std::move(path)) {}

  const std::vector<bool>& columns() const override { return columns_; }

  arrow::Status Open() { return Named(Begin()); }

  arrow::Result<std::vector<Day>> Days() override {
    std::vector<Day> days;
    ARROW_RETURN_NOT_OK(
        Named(ForEach(fmt::format("SELECT DISTINCT substr(usage_start, 1, 10) FROM {} WHERE {} ORDER BY 1",
                                  kSummaryTable, own_),
                      {}, [&](const SqliteStatement& row) {
                        const auto day = ParseDay(row.Text(0));
                        if (!day) return InputError("column usage_start: '{}' is no date", row.Text(0));
                        days.push_back(*day);
                        return arrow::Status::OK();
                      })));
    return days;
  }

  arrow::Status Read(Day day, const TakeRow& take) override {
    StoredRow out;
    arrow::Status taken;
    const arrow::Status status = ForEach(read_, day, [&](const SqliteStatement& row) {
      for (int column = 0; column < kFirstMeasure; ++column) {
        out.texts[column] = row.IsNull(column) ? std::nullopt : std::optional(row.Text(column));
      }
      for (const int column : {int{kUsageStart}, int{kUsageEnd}}) {
        if (out.texts[column]) out.texts[column] = out.texts[column]->substr(0, 10);
      }
      for (int i = 0; i < kSummaryMeasures; ++i) {
        ARROW_ASSIGN_OR_RAISE(out.measures[i], Measure(row, kFirstMeasure + i));
      }
      return taken = take(out);
    });
    return taken.ok() ? Named(status) : taken;
  }

 private:
  // A cell may hold anything, whatever its column's type; NaN is null.
  static arrow::Result<double> Measure(const SqliteStatement& row, int column) {
    if (row.IsNull(column)) return std::numeric_limits<double>::quiet_NaN();
    std::optional<double> number;
    if (row.IsReal(column)) {
      number = row.Real(column);
    } else if (const auto text = row.Text(column); !text.empty()) {
      number = ParseNumber(text);
    }
    if (number && std::isfinite(*number)) return *number;
    return InputError("column {}: '{}' is no number", SummarySchema()->field(column)->name(),
                      row.Text(column));
  }

  arrow::Status Begin() {
    ARROW_ASSIGN_OR_RAISE(database_, Sqlite::Open(path_, SQLITE_OPEN_READONLY));
    ARROW_RETURN_NOT_OK(database_->Execute("BEGIN"));
    ARROW_ASSIGN_OR_RAISE(const auto there, database_->ColumnsOf(std::string(kSummaryTable)));
    if (there.empty()) return InputError("has no table {}", kSummaryTable);
    std::vector<std::string> selected;
    for (const auto& name : SummarySchema()->field_names()) {
      columns_.push_back(std::find(there.begin(), there.end(), name) != there.end());
      selected.push_back(columns_.back() ? name : "NULL");
    }
    if (!columns_[kUsageStart]) return InputError("its table {} has no column usage_start", kSummaryTable);
    own_ = OwnRows(there);
    read_ =
        fmt::format("SELECT {} FROM {} WHERE {} AND usage_start >= ?1 AND usage_start < ?2 ORDER BY rowid",
                    fmt::join(selected, ", "), kSummaryTable, own_);
    return arrow::Status::OK();
  }

  arrow::Status ForEach(const std::string& sql, std::optional<Day> day,
                        const std::function<arrow::Status(const SqliteStatement&)>& take) {
    ARROW_ASSIGN_OR_RAISE(auto statement, database_->Prepare(sql));
    const std::string begin = day ? FormatDay(*day) : "", end = day ? FormatDay(*day + 1) : "";
    if (day) {
      statement.Bind(1, std::string_view(begin));
      statement.Bind(2, std::string_view(end));
    }
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const bool more, statement.Step());
      if (!more) return arrow::Status::OK();
      ARROW_RETURN_NOT_OK(take(statement));
    }
  }

  arrow::Status Named(const arrow::Status& status) const {
    if (status.ok() || status.IsOutOfMemory()) return status;
    return KindOf(status) == ErrorKind::kTransient ? WithContext(status, path_)
                                                   : InputError("{}: {}", path_, status.message());
  }

  const std::string path_;
  std::unique_ptr<Sqlite> database_;
  std::vector<bool> columns_;
  std::string own_, read_;
};

}  // namespace

arrow::Result<std::unique_ptr<SummaryReader>> OpenSqliteSummary(const std::string& path) {
  auto summary = std::make_unique<SqliteSummary>(path);
  ARROW_RETURN_NOT_OK(summary->Open());
  return summary;
}

}  // namespace costream
