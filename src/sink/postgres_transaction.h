// One transaction of a connection whose end is always known, or said not to be.
#pragma once

#include <arrow/status.h>

#include <string>

#include "source/postgres.h"

namespace costream {

class PostgresTransaction {
 public:
  // `target`: that of the database's connection.
  PostgresTransaction(Postgres* database, std::string target)
      : database_(database), target_(std::move(target)) {}

  // READ COMMITTED whatever the role's default is: what is done after a wait for a lock must see what was
  // committed meanwhile.
  arrow::Status Begin();
  // OK: it is committed. Where the answer is lost, asks over a new connection what became of it. Transient
  // error where it was rolled back, or where that cannot be found out, which the message says.
  arrow::Status Commit();

 private:
  arrow::Status Resolve(const arrow::Status& lost) const;

  Postgres* const database_;
  const std::string target_;
  std::string id_;  // xid8
};

}  // namespace costream
