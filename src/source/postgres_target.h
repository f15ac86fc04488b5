// Names of PostgreSQL databases: postgresql://…, postgres://…, or postgresql: alone for what the environment
// says.
#pragma once

#include <arrow/result.h>

#include <map>
#include <string>

namespace costream {

bool IsPostgresTarget(const std::string& target);

// A target of any kind as it may be shown: of a database without password and parameters.
std::string ShownTarget(const std::string& target);

// The connection parameters of libpq, by keyword: those of the target; of the rest host, port, dbname, user
// and password from POSTGRES_* and DATABASE_* where PG* does not say them, and limits for a server that does
// not answer. libpq adds PG*, the service file and its defaults. Usage error where the target is no valid
// URI; never shows it, as a part of it may be the password.
arrow::Result<std::map<std::string, std::string>> PostgresParameters(const std::string& target);

}  // namespace costream
