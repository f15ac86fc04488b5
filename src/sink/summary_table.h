// The summary table of a database: what it is made of, and its partitions.
#pragma once

#include <arrow/result.h>

#include <string>
#include <vector>

#include "base/date.h"
#include "sink/copy_rows.h"
#include "source/postgres.h"

namespace costream {

struct SummaryTable {
  std::string name;             // with its schema, quoted
  std::vector<CopyType> types;  // by column of SummarySchema()
  std::string source_type;      // of source_uuid, as SQL spells it
  bool has_cost_model_rate_type = false, has_infrastructure_raw_cost = false;
  bool partitioned_by_day = false;  // by range of usage_start alone
};

// Usage error where it is not there, lacks a column, has one of a type that cannot hold our values, or may
// not be written by us.
arrow::Result<SummaryTable> FindSummaryTable(Postgres* database, const std::string& schema);

// The rows of the table that no cloud bill made and, where asked for, no cost model either: " AND ...".
std::string WithoutRowsOfOthers(bool has_infrastructure_raw_cost, bool has_cost_model_rate_type);

// The table as far as a reader goes: it may lack columns, and have them of any type.
struct TableToRead {
  std::string name;           // with its schema, quoted
  std::vector<bool> columns;  // by column of SummarySchema(): whether it is there
  std::string own_rows;       // the condition of rows that no cost model or cloud bill made
};

// Input error where it is not there.
arrow::Result<TableToRead> FindTableToRead(Postgres* database, const std::string& schema);

// Where the table is partitioned by day: makes the partition of the month where all its days lack one, if
// `create`; in a transaction of its own, as the table stays free to be read and written that way. Returns its
// name, or an empty one. Usage error that names it where no day from first to last has a partition. REQUIRES:
// both in one month.
arrow::Result<std::string> EnsurePartition(Postgres* database, const std::string& schema,
                                           const SummaryTable& table, Day first, Day last, bool create);

}  // namespace costream
