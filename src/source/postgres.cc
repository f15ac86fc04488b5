#include "source/postgres.h"

#include <poll.h>

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "source/postgres_target.h"

namespace costream {
namespace {

// The kind of an error that the server reports with this SQLSTATE.
ErrorKind KindOfState(std::string_view state) {
  // Connection, resources, rollback (serialization, deadlock), operator intervention (shutdown, cancelled,
  // timeouts), system.
  for (const std::string_view transient : {"08", "53", "40", "57", "58"}) {
    if (state.starts_with(transient)) return ErrorKind::kTransient;
  }
  // A lock not to be had in time, an object in use, idle for too long within a transaction.
  for (const std::string_view transient : {"55P03", "55006", "25P03"}) {
    if (state == transient) return ErrorKind::kTransient;
  }
  return ErrorKind::kUsage;
}

std::string OneLine(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::string line;
  for (const char c : text) {  // hints stand on a line of their own, indented by a tab
    const bool blank = c == ' ' || c == '\n' || c == '\t';
    if (!blank || (!line.empty() && line.back() != ' ')) line += blank ? ' ' : c;
  }
  return line;
}

// The parameters as the arrays that libpq takes.
struct Arrays {
  explicit Arrays(const std::map<std::string, std::string>& parameters) {
    for (const auto& [keyword, value] : parameters) {
      keywords.push_back(keyword.c_str());
      values.push_back(value.c_str());
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
  }
  std::vector<const char*> keywords, values;
};

using ConnectionPtr = std::unique_ptr<PGconn, decltype(&PQfinish)>;

// Why the server refuses a connection: libpq gives no SQLSTATE, but spells it in the message of an attempt
// whose verbosity was set before it began. Empty where the server cannot be reached, or takes us now.
std::string StateOfRefusal(const Arrays& arrays) {
  const ConnectionPtr connection(PQconnectStartParams(arrays.keywords.data(), arrays.values.data(), 0),
                                 PQfinish);
  if (!connection || PQstatus(connection.get()) == CONNECTION_BAD) return "";
  PQsetErrorVerbosity(connection.get(), PQERRORS_SQLSTATE);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  for (auto next = PGRES_POLLING_WRITING; next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED;
       next = PQconnectPoll(connection.get())) {
    pollfd socket{PQsocket(connection.get()),
                  static_cast<int16_t>(next == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    poll(&socket, 1, 1000);
    if (std::chrono::steady_clock::now() > deadline) return "";
  }
  // "... failed: FATAL:  28P01"
  const std::string message = OneLine(PQerrorMessage(connection.get()));
  const size_t space = message.find_last_of(' ');
  if (space == std::string::npos || message.size() - space != 6) return "";
  const std::string state = message.substr(space + 1);
  const auto is_code = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
  return std::all_of(state.begin(), state.end(), is_code) ? state : "";
}

arrow::Status Refused(PGconn* connection, const Arrays& arrays) {
  const std::string message = OneLine(PQerrorMessage(connection));
  ErrorKind kind = ErrorKind::kTransient;
  const auto says = [&](std::string_view words) { return message.find(words) != std::string::npos; };
  if (const std::string state = StateOfRefusal(arrays); !state.empty()) {
    kind = KindOfState(state);
  } else if (PQconnectionNeedsPassword(connection) || says("certificate") || says("does not support SSL") ||
             says("invalid ") || says("must not be") || says("must be")) {
    kind = ErrorKind::kUsage;  // libpq's own words, which it does not translate here
  }
  return MakeError(kind, fmt::format("no connection to PostgreSQL: {}", message));
}

std::string Shown(PGconn* connection) {
  const auto text = [](const char* value) { return std::string_view(value ? value : ""); };
  return fmt::format("postgresql://{}@{}:{}/{}", text(PQuser(connection)), text(PQhost(connection)),
                     text(PQport(connection)), text(PQdb(connection)));
}

}  // namespace

std::optional<std::string> PostgresRows::Find(int row, int column) const {
  const auto text = View(row, column);
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::optional<std::string_view> PostgresRows::View(int row, int column) const {
  if (PQgetisnull(result_.get(), row, column)) return std::nullopt;
  return std::string_view(PQgetvalue(result_.get(), row, column),
                          static_cast<size_t>(PQgetlength(result_.get(), row, column)));
}

arrow::Result<std::unique_ptr<Postgres>> Postgres::Connect(const std::string& target, Cancelled cancelled) {
  ARROW_ASSIGN_OR_RAISE(const auto parameters, PostgresParameters(target));
  const Arrays arrays(parameters);
  ConnectionPtr connection(PQconnectdbParams(arrays.keywords.data(), arrays.values.data(), 0), PQfinish);
  if (!connection) return OutOfMemoryError();
  if (PQstatus(connection.get()) != CONNECTION_OK) return Refused(connection.get(), arrays);
  PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
  PQsetnonblocking(connection.get(), 1);
  return std::unique_ptr<Postgres>(new Postgres(connection.release(), std::move(cancelled)));
}

Postgres::Postgres(PGconn* connection, Cancelled cancelled)
    : connection_(connection), cancelled_(std::move(cancelled)), shown_(Shown(connection)) {}

Postgres::~Postgres() {
  // A server that waits for a lock does not notice that we are gone.
  if (PQtransactionStatus(connection_) == PQTRANS_ACTIVE && !lost()) {
    const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> cancel(PQgetCancel(connection_), PQfreeCancel);
    char error[256];
    if (cancel) PQcancel(cancel.get(), error, sizeof error);
  }
  PQfinish(connection_);
}

std::string Postgres::Quote(const std::string& identifier) const {
  const std::unique_ptr<char, decltype(&PQfreemem)> quoted(
      PQescapeIdentifier(connection_, identifier.data(), identifier.size()), PQfreemem);
  // Nothing where it is no valid UTF-8; as such the server will not know it either.
  return quoted ? quoted.get() : "\"?\"";
}

arrow::Status Postgres::Lost() const {
  return MakeError(ErrorKind::kTransient, fmt::format("{}: the connection was lost: {}", shown_,
                                                      OneLine(PQerrorMessage(connection_))));
}

arrow::Status Postgres::ErrorOf(const PGresult* result) const {
  const auto field = [&](int code) {
    const char* const text = PQresultErrorField(result, code);
    return OneLine(text ? text : "");
  };
  const std::string state = field(PG_DIAG_SQLSTATE);
  if (state.empty()) return Lost();  // an error that libpq itself made up
  std::string message = fmt::format("{}: {}", shown_, field(PG_DIAG_MESSAGE_PRIMARY));
  for (const int code : {PG_DIAG_MESSAGE_DETAIL, PG_DIAG_MESSAGE_HINT, PG_DIAG_CONTEXT}) {
    if (const std::string text = field(code); !text.empty()) message += "; " + text;
  }
  return MakeError(KindOfState(state), fmt::format("{} (SQLSTATE {})", message, state));
}

arrow::Status Postgres::Wait(bool write) {
  if (cancelled_ && cancelled_()) return MakeError(ErrorKind::kCancelled, "stopped");
  pollfd socket{PQsocket(connection_), static_cast<int16_t>(write ? POLLIN | POLLOUT : POLLIN), 0};
  poll(&socket, 1, 100);
  return arrow::Status::OK();
}

arrow::Status Postgres::Flush() {
  for (;;) {
    const int left = PQflush(connection_);
    if (left == 0) return arrow::Status::OK();
    if (left < 0) return Lost();
    ARROW_RETURN_NOT_OK(Wait(true));
    if (!PQconsumeInput(connection_)) return Lost();
  }
}

arrow::Result<PostgresRows> Postgres::Receive() {
  ARROW_RETURN_NOT_OK(Flush());
  PostgresRows last(nullptr);
  arrow::Status failed;
  for (;;) {
    while (PQisBusy(connection_)) {
      ARROW_RETURN_NOT_OK(Wait(false));
      if (!PQconsumeInput(connection_)) return failed.ok() ? Lost() : failed;
    }
    PGresult* const result = PQgetResult(connection_);
    if (!result) break;
    last = PostgresRows(result);
    const auto status = PQresultStatus(result);
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
      if (failed.ok()) failed = ErrorOf(result);
    } else if (status == PGRES_COPY_IN) {
      break;
    }
  }
  ARROW_RETURN_NOT_OK(failed);
  return last;
}

arrow::Result<PostgresRows> Postgres::Execute(const std::string& sql,
                                              const std::vector<std::optional<std::string>>& values) {
  std::vector<const char*> texts;
  for (const auto& value : values) texts.push_back(value ? value->c_str() : nullptr);
  if (!PQsendQueryParams(connection_, sql.c_str(), static_cast<int>(texts.size()), nullptr, texts.data(),
                         nullptr, nullptr, 0)) {
    return Lost();
  }
  return Receive();
}

arrow::Status Postgres::StartCopy(const std::string& sql) { return Execute(sql).status(); }

arrow::Status Postgres::SendCopy(std::string_view data) {
  if (PQputCopyData(connection_, data.data(), static_cast<int>(data.size())) != 1) return Lost();
  return Flush();
}

arrow::Status Postgres::EndCopy() {
  if (PQputCopyEnd(connection_, nullptr) != 1) return Lost();
  return Receive().status();
}

}  // namespace costream
