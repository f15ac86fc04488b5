// A connection to PostgreSQL: statements, COPY, and errors of our kinds. For one thread at a time.
//
// Everything that waits for the server ends with kCancelled soon after `cancelled` says so; the connection is
// of no use then. What was not committed is rolled back when the connection goes.
#pragma once

#include <arrow/result.h>
#include <libpq-fe.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace costream {

// The rows that a statement gave, as text.
class PostgresRows {
 public:
  explicit PostgresRows(PGresult* result) : result_(result, PQclear) {}
  int size() const { return PQntuples(result_.get()); }
  // REQUIRES: not null.
  std::string Text(int row, int column) const { return PQgetvalue(result_.get(), row, column); }
  std::optional<std::string> Find(int row, int column) const;       // nothing where null
  std::optional<std::string_view> View(int row, int column) const;  // the same, as long as the rows are there
  bool IsTrue(int row, int column) const { return Text(row, column) == "t"; }
  // What the server says it did, like "COMMIT".
  std::string_view done() const { return PQcmdStatus(result_.get()); }

 private:
  std::unique_ptr<PGresult, decltype(&PQclear)> result_;
};

class Postgres {
 public:
  using Cancelled = std::function<bool()>;  // may be empty

  // Usage error where the server refuses us or the target cannot be right, transient where it cannot be
  // reached or takes nobody now.
  static arrow::Result<std::unique_ptr<Postgres>> Connect(const std::string& target, Cancelled cancelled);
  ~Postgres();
  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;

  // One statement; $1, $2 ... are the values, as text.
  arrow::Result<PostgresRows> Execute(const std::string& sql,
                                      const std::vector<std::optional<std::string>>& values = {});

  // COPY ... FROM STDIN: start, any number of sends, end.
  arrow::Status StartCopy(const std::string& sql);
  arrow::Status SendCopy(std::string_view data);
  arrow::Status EndCopy();

  // Whether an error came from a connection that broke, so that what the server did is not known.
  bool lost() const { return PQstatus(connection_) == CONNECTION_BAD; }
  // The identifier in quotes.
  std::string Quote(const std::string& identifier) const;
  // The database with user, host and port, for messages.
  const std::string& shown() const { return shown_; }

 private:
  Postgres(PGconn* connection, Cancelled cancelled);

  // Until the socket can be read, or written where `write`, or for a moment: TLS may have read already what
  // is waited for.
  arrow::Status Wait(bool write);
  arrow::Status Flush();
  // The result of what was sent, of several the one that failed, else the last.
  arrow::Result<PostgresRows> Receive();
  arrow::Status Lost() const;
  arrow::Status ErrorOf(const PGresult* result) const;

  PGconn* const connection_;
  const Cancelled cancelled_;
  const std::string shown_;
};

}  // namespace costream
