// SQLite with arrow::Status for its errors. Not thread-safe.
#pragma once

#include <arrow/result.h>
#include <sqlite3.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace costream {

class SqliteStatement {
 public:
  // Parameters are counted from 1, columns from 0. A bound text must live until the statement is run or bound
  // anew; nothing is null.
  void Bind(int parameter, std::optional<std::string_view> text);
  void Bind(int parameter, std::optional<int64_t> value);
  void Bind(int parameter, std::optional<double> value);

  // Runs to the next row; false after the last, when it may be run anew.
  arrow::Result<bool> Step();
  // Runs one that has no rows to the end.
  arrow::Status Run() { return Step().status(); }

  bool IsNull(int column) const { return sqlite3_column_type(get(), column) == SQLITE_NULL; }
  bool IsReal(int column) const { return sqlite3_column_type(get(), column) == SQLITE_FLOAT; }
  // Until the next step.
  std::string_view Text(int column) const;
  int64_t Integer(int column) const { return sqlite3_column_int64(get(), column); }
  double Real(int column) const { return sqlite3_column_double(get(), column); }

 private:
  friend class Sqlite;
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement, sqlite3_finalize) {}
  sqlite3_stmt* get() const { return statement_.get(); }

  std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement_;
};

class Sqlite {
 public:
  // A file, made where it is not there and `flags` has SQLITE_OPEN_CREATE.
  static arrow::Result<std::unique_ptr<Sqlite>> Open(const std::string& path, int flags);

  // Asked again and again while another connection holds a lock: whether to go on waiting.
  void OnBusy(std::function<bool()> wait);

  arrow::Result<SqliteStatement> Prepare(const std::string& sql);
  arrow::Status Execute(const std::string& sql);
  // The columns of a table, as it spells them; none where there is no such table.
  arrow::Result<std::vector<std::string>> ColumnsOf(const std::string& table);
  // Whether the file that is open has been moved or removed.
  bool HasMoved() const;

 private:
  explicit Sqlite(sqlite3* database) : database_(database, sqlite3_close) {}

  std::unique_ptr<sqlite3, int (*)(sqlite3*)> database_;
  std::function<bool()> on_busy_;
};

// The file of a target or summary that names a database: sqlite:FILE, x.db, x.sqlite.
std::optional<std::string> SqliteFileOf(const std::string& target);

}  // namespace costream
