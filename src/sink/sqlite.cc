#include "sink/sqlite.h"

#include <filesystem>
#include <vector>

#include "base/error.h"

namespace costream {
namespace {

arrow::Status ErrorOf(sqlite3* database, int code) {
  if ((code & 0xFF) == SQLITE_NOMEM) return OutOfMemoryError();
  const std::string reason = database ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  if ((code & 0xFF) == SQLITE_BUSY) return MakeError(ErrorKind::kTransient, reason);
  return arrow::Status::IOError(reason);
}

}  // namespace

void SqliteStatement::Bind(int parameter, std::optional<std::string_view> text) {
  if (!text) {
    sqlite3_bind_null(get(), parameter);
  } else {
    sqlite3_bind_text64(get(), parameter, text->data() ? text->data() : "", text->size(), SQLITE_STATIC,
                        SQLITE_UTF8);
  }
}

void SqliteStatement::Bind(int parameter, std::optional<int64_t> value) {
  value ? sqlite3_bind_int64(get(), parameter, *value) : sqlite3_bind_null(get(), parameter);
}

void SqliteStatement::Bind(int parameter, std::optional<double> value) {
  value ? sqlite3_bind_double(get(), parameter, *value) : sqlite3_bind_null(get(), parameter);
}

arrow::Result<bool> SqliteStatement::Step() {
  const int code = sqlite3_step(get());
  if (code == SQLITE_ROW) return true;
  sqlite3_reset(get());
  if (code == SQLITE_DONE) return false;
  return ErrorOf(sqlite3_db_handle(get()), code);
}

std::string_view SqliteStatement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(get(), column));
  return text ? std::string_view(text, sqlite3_column_bytes(get(), column)) : std::string_view();
}

arrow::Result<std::unique_ptr<Sqlite>> Sqlite::Open(const std::string& path, int flags) {
  sqlite3* opened = nullptr;
  // Absolute, so that no name is taken for one of those that mean something else, like :memory:.
  const std::string file = std::filesystem::absolute(path).string();
  const int code = sqlite3_open_v2(file.c_str(), &opened, flags, nullptr);
  std::unique_ptr<Sqlite> database(new Sqlite(opened));
  if (code != SQLITE_OK) return ErrorOf(opened, code);
  return database;
}

void Sqlite::OnBusy(std::function<bool()> wait) {
  on_busy_ = std::move(wait);
  sqlite3_busy_handler(
      database_.get(), [](void* self, int) { return static_cast<Sqlite*>(self)->on_busy_() ? 1 : 0; }, this);
}

arrow::Result<SqliteStatement> Sqlite::Prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return ErrorOf(database_.get(), code);
  return SqliteStatement(statement);
}

arrow::Status Sqlite::Execute(const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(SqliteStatement statement, Prepare(sql));
  return statement.Run();
}

arrow::Result<std::vector<std::string>> Sqlite::ColumnsOf(const std::string& table) {
  ARROW_ASSIGN_OR_RAISE(SqliteStatement columns, Prepare("SELECT name FROM pragma_table_info(?)"));
  columns.Bind(1, std::string_view(table));
  std::vector<std::string> names;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const bool more, columns.Step());
    if (!more) return names;
    names.emplace_back(columns.Text(0));
  }
}

bool Sqlite::HasMoved() const {
  int moved = 0;
  return sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved;
}

std::optional<std::string> SqliteFileOf(const std::string& target) {
  constexpr std::string_view kScheme = "sqlite:";
  if (target.starts_with(kScheme) && target.size() > kScheme.size()) return target.substr(kScheme.size());
  if (target.ends_with(".db") || target.ends_with(".sqlite")) return target;
  return std::nullopt;
}

}  // namespace costream
