"""One PostgreSQL server for all tests here, and a schema of its own for each."""
import itertools
import os

import psycopg
import pytest

import support
from services import postgres

TABLE = "reporting_ocpusagelineitem_daily_summary"
numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server():
    if not postgres.binaries():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("no PostgreSQL server (tools/bootstrap.sh)")
    server = postgres.Server()
    yield server
    server.close()


class Schema:
    """A schema with the tables of init-db."""

    def __init__(self, server, name):
        self.server, self.name, self.uri = server, name, server.uri
        self.table = f'"{name}".{TABLE}'

    def connect(self, **options):
        return psycopg.connect(self.uri, autocommit=True, options="-c datestyle=ISO -c timezone=UTC", **options)

    def sql(self, text, *values):
        """What the statement gives; {t} is the summary table, {s} the schema."""
        with self.connect() as connection:
            found = connection.execute(text.format(t=self.table, s=f'"{self.name}"'), values)
            return found.fetchall() if found.description else None

    def init(self, partitioned=False):
        support.costream("init-db", self.uri, "--schema", self.name, *["--partitioned"] * partitioned)
        return self

    def run(self, *args, code=0, uri=None):
        return support.costream("run", *args, "--to", uri or self.uri, "--schema", self.name, code=code)

    def fill(self, reference):
        """Puts the reference file's content into the tables."""
        with self.connect() as connection:
            def add(table, columns, rows):
                marks = ", ".join(["%s"] * len(columns.split(",")))
                connection.cursor().executemany(f'INSERT INTO "{self.name}".{table} ({columns}) VALUES ({marks})', rows)
            add("reporting_enabledtagkeys", "key, enabled, provider_type",
                [(key, True, "OCP") for key in reference["enabled_tag_keys"]]
                + [(key, False, "OCP") for key in reference["disabled_tag_keys"] if key not in reference["enabled_tag_keys"]]
                + [(key, True, "AWS") for key in reference["disabled_tag_keys"]])
            add("reporting_ocp_cost_category_namespace", "namespace, cost_category_id",
                [(row["namespace"], row["cost_category_id"]) for row in reference["cost_categories"]])
            add("reporting_ocp_nodes", "node, resource_id, node_role",
                [(row["node"], row["resource_id"], row["node_role"]) for row in reference["node_roles"]])
            add("reporting_ocpusagereportperiod", "id, cluster_id, cluster_alias, report_period_start, provider_id",
                [(reference["report_period_id"], reference["cluster_id"], reference["cluster_alias"],
                  f"{reference['month']}-01 00:00:00+00", reference["source_uuid"]),
                 (1000, reference["cluster_id"], "other month", "2020-01-01 00:00:00+00", reference["source_uuid"]),
                 (1001, reference["cluster_id"], "other source", f"{reference['month']}-01 00:00:00+00", support.SOURCE)])
        return self

    def snapshot(self):
        """All that the table holds, in an order of its own."""
        return sorted(row for row, in self.sql("SELECT t::text FROM {t} AS t"))

    def csv(self, path, columns="*"):
        """The table as costream's CSV spells it."""
        with self.connect() as connection, open(path, "wb") as out:
            with connection.cursor().copy(f"COPY (SELECT {columns} FROM {self.table}) TO STDOUT (FORMAT csv, HEADER)") as rows:
                for chunk in rows:
                    out.write(chunk)
        return path


@pytest.fixture
def schema(server, command):
    made = Schema(server, f"Org {next(numbers)}")  # a name that must be quoted
    yield made
    made.sql("DROP SCHEMA IF EXISTS {s} CASCADE")
