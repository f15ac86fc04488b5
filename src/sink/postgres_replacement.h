// The transaction that replaces the rows of a run in the summary table: which rows go, and the lock that
// lets one run of a source at a time do it. Where the new rows come from is the caller's.
#pragma once

#include <arrow/result.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sink/postgres_transaction.h"
#include "sink/sink.h"
#include "sink/summary_table.h"
#include "source/postgres.h"

namespace costream {

class PostgresReplacement {
 public:
  PostgresReplacement(std::string target, const SinkOptions& options)
      : target_(std::move(target)), options_(options) {}

  // The rows that Start would delete, by day. In place of all else.
  arrow::Result<ExistingRows> Existing(const RunScope& scope);

  // Usage error where the table cannot take the rows; makes the partition that the options ask for.
  arrow::Status Connect(const RunScope& scope);
  // Begins, waits for the lock of the source, and deletes. The new rows are then for the caller to add.
  arrow::Status Start();
  bool started() const { return transaction_.has_value(); }
  // `days`: as Sink::Commit takes them. Usage error without allow_empty where other days lost rows.
  arrow::Status Commit(const std::vector<Day>& days);
  // The server rolls back.
  void Abort() { database_.reset(); }

  Postgres* database() { return database_.get(); }
  const SummaryTable& table() const { return table_; }

 private:
  arrow::Status LookAt(const RunScope& scope);
  arrow::Result<std::string> FindPartition();
  arrow::Status LockSource();
  arrow::Status DeleteAll();
  arrow::Status DeleteReplaced();
  std::string ReplacedRows() const;
  std::vector<std::optional<std::string>> ReplacedValues() const;
  arrow::Result<std::map<Day, int64_t>> CountedRows(const std::string& sql,
                                                    const std::vector<std::optional<std::string>>& values);
  std::string OfKinds() const;
  arrow::Status CheckEmptied(const std::vector<Day>& days) const;

  const std::string target_;
  const SinkOptions options_;
  RunScope scope_;
  std::unique_ptr<Postgres> database_;
  SummaryTable table_;
  std::optional<PostgresTransaction> transaction_;
  std::map<Day, int64_t> deleted_;  // rows that were there, by day
};

}  // namespace costream
