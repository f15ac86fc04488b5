#include "source/postgres_target.h"

#include <libpq-fe.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace costream {
namespace {

using Parameters = std::map<std::string, std::string>;

// Where a part of the target that it leaves out comes from: the first variable that is set. libpq looks at
// the first itself.
struct Part {
  const char *keyword, *libpq, *postgres, *database;
};
constexpr Part kParts[] = {{"host", "PGHOST", "POSTGRES_HOST", "DATABASE_HOST"},
                           {"port", "PGPORT", "POSTGRES_PORT", "DATABASE_PORT"},
                           {"dbname", "PGDATABASE", "POSTGRES_DB", "DATABASE_NAME"},
                           {"user", "PGUSER", "POSTGRES_USER", "DATABASE_USER"},
                           {"password", "PGPASSWORD", "POSTGRES_PASSWORD", "DATABASE_PASSWORD"}};

bool IsSet(const char* variable) {
  const char* const value = std::getenv(variable);
  return value && *value;
}

bool IsBare(const std::string& target) { return target == "postgresql:" || target == "postgres:"; }

// What the target itself says; nothing where it is no valid URI.
std::optional<Parameters> Parse(const std::string& target) {
  Parameters found;
  if (IsBare(target)) return found;
  char* error = nullptr;  // may hold the target with its password
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(target.c_str(), &error), PQconninfoFree);
  PQfreemem(error);
  if (!options) return std::nullopt;
  for (const auto* option = options.get(); option->keyword; ++option) {
    if (option->val) found[option->keyword] = option->val;
  }
  return found;
}

}  // namespace

bool IsPostgresTarget(const std::string& target) {
  return IsBare(target) || target.starts_with("postgresql://") || target.starts_with("postgres://");
}

std::string ShownTarget(const std::string& target) {
  if (!IsPostgresTarget(target)) {
    // Meant as one, or another's: what of it is a password cannot be told.
    const size_t colon = target.find(':'), slashes = target.find("://");
    const std::string_view rest =
        std::string_view(target).substr(colon == std::string::npos ? target.size() : colon);
    const std::string_view authority = slashes == colon ? rest.substr(0, rest.find('/', 3)) : rest;
    const bool secret =
        (target.starts_with("postgres") || slashes == colon) && authority.find('@') != authority.npos;
    return secret ? target.substr(0, colon) + ":..." : target;
  }
  if (IsBare(target)) return target;
  auto parts = Parse(target);
  if (!parts) return "postgresql://...";
  std::string shown = "postgresql://";
  if (parts->contains("user")) shown += (*parts)["user"] + "@";
  shown += (*parts)["host"];
  if (parts->contains("port")) shown += ":" + (*parts)["port"];
  if (parts->contains("dbname")) shown += "/" + (*parts)["dbname"];
  return shown;
}

arrow::Result<Parameters> PostgresParameters(const std::string& target) {
  auto parsed = Parse(target);
  if (!parsed) {
    return UsageError(
        "the database's name is no valid URI; it looks like "
        "postgresql://user@host:5432/database?sslmode=require, with special characters percent-encoded");
  }
  Parameters& parameters = *parsed;
  parameters["client_encoding"] = "UTF8";
  parameters.try_emplace("fallback_application_name", "costream");
  // A parameter beats the same one of a service file, which is the user's; so nothing is added to that.
  if (parameters.contains("service") || IsSet("PGSERVICE")) return parameters;
  for (const Part& part : kParts) {
    if (parameters.contains(part.keyword) || IsSet(part.libpq)) continue;
    for (const char* variable : {part.postgres, part.database}) {
      if (IsSet(variable)) parameters.try_emplace(part.keyword, std::getenv(variable));
    }
  }
  if (!IsSet("PGCONNECT_TIMEOUT")) parameters.try_emplace("connect_timeout", "10");  // seconds, each host
  // A server that is gone without a word is noticed after two minutes.
  parameters.try_emplace("keepalives_idle", "60");
  parameters.try_emplace("keepalives_interval", "10");
  parameters.try_emplace("keepalives_count", "6");
  return parameters;
}

}  // namespace costream
