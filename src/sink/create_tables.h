// The tables of a small installation or a test.
#pragma once

#include <arrow/status.h>

#include <string>

#include "source/postgres.h"

namespace costream {

// Makes the schema, the summary table and the four of reference data where they are absent, in one
// transaction. Usage error where the summary table is there, but not partitioned as asked for.
arrow::Status CreateTables(Postgres* database, const std::string& schema, bool partitioned);

}  // namespace costream
