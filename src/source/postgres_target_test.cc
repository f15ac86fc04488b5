#include "source/postgres_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"

namespace costream {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Not;
using testing::Pair;

// With no variable set that names a database.
class PostgresTarget : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* part :
         {"HOST", "PORT", "DATABASE", "DB", "NAME", "USER", "PASSWORD", "SERVICE", "CONNECT_TIMEOUT"}) {
      for (const char* prefix : {"PG", "POSTGRES_", "DATABASE_"})
        unsetenv((std::string(prefix) + part).c_str());
    }
  }
};

TEST_F(PostgresTarget, IsToldByItsScheme) {
  for (const char* target : {"postgresql:", "postgres:", "postgresql://", "postgres://u@h/d"}) {
    EXPECT_TRUE(IsPostgresTarget(target)) << target;
  }
  for (const char* target : {"", "-", "x.csv", "postgresql", "postgresql:x.csv", "host=h dbname=d"}) {
    EXPECT_FALSE(IsPostgresTarget(target)) << target;
  }
}

TEST_F(PostgresTarget, IsShownWithoutPasswordAndParameters) {
  EXPECT_EQ(ShownTarget("postgresql://u:pass%40word@h:5433/d?sslmode=require&password=x"),
            "postgresql://u@h:5433/d");
  EXPECT_EQ(ShownTarget("postgres://h/d"), "postgresql://h/d");
  EXPECT_EQ(ShownTarget("postgresql:"), "postgresql:");
  EXPECT_EQ(ShownTarget("postgresql+driver://u:pass@h/d"), "postgresql+driver:...");
  EXPECT_EQ(ShownTarget("postgresql:u:pass@h/d"), "postgresql:...");
  for (const char* target : {"my@file.csv", "s3://bucket/my@file.parquet", "", "-"})
    EXPECT_EQ(ShownTarget(target), target);
  EXPECT_EQ(ShownTarget("postgresql://u:pass%zz@h"), "postgresql://...") << "what is what cannot be told";
}

TEST_F(PostgresTarget, AllItsParametersGoToLibpq) {
  const auto found =
      PostgresParameters("postgresql://u:p@h1:1,h2:2/d?sslmode=verify-full&keepalives_idle=5").ValueOrDie();
  EXPECT_THAT(found, Contains(Pair("host", "h1,h2")));
  EXPECT_THAT(found, Contains(Pair("password", "p")));
  EXPECT_THAT(found, Contains(Pair("sslmode", "verify-full")));
  EXPECT_THAT(found, Contains(Pair("keepalives_idle", "5"))) << "not our default";
  EXPECT_THAT(found, Contains(Pair("client_encoding", "UTF8")));
}

TEST_F(PostgresTarget, AnInvalidOneIsNotShown) {
  const auto found = PostgresParameters("postgresql://u:secret%zz@h/d");
  EXPECT_EQ(KindOf(found.status()), ErrorKind::kUsage);
  EXPECT_THAT(found.status().message(), Not(HasSubstr("secret")));
}

TEST_F(PostgresTarget, AliasesServeWhereNeitherTheTargetNorLibpqsVariablesSay) {
  setenv("POSTGRES_HOST", "postgres", 1);
  setenv("DATABASE_HOST", "database", 1);
  setenv("DATABASE_NAME", "name", 1);
  setenv("POSTGRES_USER", "user", 1);
  setenv("PGPORT", "5433", 1);
  setenv("POSTGRES_PORT", "1", 1);
  const auto found = PostgresParameters("postgresql://me@").ValueOrDie();
  EXPECT_THAT(found, Contains(Pair("host", "postgres")));
  EXPECT_THAT(found, Contains(Pair("dbname", "name")));
  EXPECT_THAT(found, Contains(Pair("user", "me")));
  EXPECT_THAT(found, Not(Contains(Key("port")))) << "libpq's own";
}

TEST_F(PostgresTarget, AServiceFileIsNotOverruled) {
  setenv("POSTGRES_HOST", "postgres", 1);
  for (const auto& key : {"host", "connect_timeout", "keepalives_idle"}) {
    EXPECT_THAT(PostgresParameters("postgresql://?service=s").ValueOrDie(), Not(Contains(Key(key))));
  }
}

}  // namespace
}  // namespace costream
