#include "sink/postgres_transaction.h"

#include <chrono>
#include <thread>

#include "base/error.h"
#include "base/fault_point.h"

namespace costream {
namespace {

constexpr auto kPatience = std::chrono::seconds(30);

}  // namespace

arrow::Status PostgresTransaction::Begin() {
  ARROW_RETURN_NOT_OK(Pass(FaultPoint::kPostgresBegin));
  ARROW_RETURN_NOT_OK(database_->Execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").status());
  // Days in the server's messages.
  ARROW_RETURN_NOT_OK(database_->Execute("SET LOCAL datestyle = 'ISO, YMD'").status());
  ARROW_ASSIGN_OR_RAISE(const PostgresRows id, database_->Execute("SELECT pg_current_xact_id()"));
  id_ = id.Text(0, 0);
  return arrow::Status::OK();
}

arrow::Status PostgresTransaction::Commit() {
  ARROW_RETURN_NOT_OK(Pass(FaultPoint::kPostgresCommit));
  const auto answer = database_->Execute("COMMIT");
  if (answer.ok() && answer->done() == "COMMIT") return arrow::Status::OK();
  if (answer.ok()) {
    return MakeError(ErrorKind::kTransient,
                     fmt::format("{}: the server rolled the transaction back", database_->shown()));
  }
  if (!database_->lost() && KindOf(answer.status()) != ErrorKind::kCancelled) return answer.status();
  return Resolve(answer.status());
}

arrow::Status PostgresTransaction::Resolve(const arrow::Status& lost) const {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  arrow::Status trouble;
  for (auto pause = std::chrono::milliseconds(50);; pause *= 2) {
    const auto state = [&]() -> arrow::Result<std::string> {
      ARROW_ASSIGN_OR_RAISE(const auto again, Postgres::Connect(target_, nullptr));
      ARROW_ASSIGN_OR_RAISE(const auto rows, again->Execute("SELECT pg_xact_status($1::xid8)", {id_}));
      return rows.Find(0, 0).value_or("no longer known to the server");
    }();
    if (state.ok() && *state == "committed") return arrow::Status::OK();
    if (state.ok() && *state == "aborted") {
      return MakeError(ErrorKind::kTransient,
                       fmt::format("{}; the transaction was rolled back, nothing is changed", Message(lost)));
    }
    // In progress: the server has not noticed yet that the connection is gone, or is about to commit.
    trouble = state.ok() ? arrow::Status::Invalid("its state is: " + *state) : state.status();
    if (std::chrono::steady_clock::now() + pause > until) break;
    std::this_thread::sleep_for(pause);
  }
  return MakeError(
      ErrorKind::kTransient,
      fmt::format("{}; whether transaction {} was committed is not known: {}. The table holds the old rows "
                  "or the new ones; running again is safe",
                  Message(lost), id_, Message(trouble)));
}

}  // namespace costream
