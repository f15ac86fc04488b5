"""For the tests of runs over an engine; tools/test_python.sh runs them where the wheel and Ray are installed."""
import itertools
import json
import os
import subprocess
import sys
import uuid

os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # loopback only, also for the clusters of tests
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_worker_niceness"] = "0"  # else workers wait for all else that the machine does

import psycopg  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
import pytest  # noqa: E402
import ray  # noqa: E402

import costream  # noqa: E402
import support  # noqa: E402
from costream.engine import schedule  # noqa: E402
from faults.counts import pytest_runtest_logreport, pytest_sessionfinish, tally  # noqa: E402, F401
from services import postgres  # noqa: E402

TABLE = "reporting_ocpusagelineitem_daily_summary"
SOURCES = [str(uuid.UUID(int=number << 64 | 7, version=4)) for number in range(1, 21)]
DAYS = {"start": "2025-11-01", "end": "2025-11-10"}
REFERENCE = {"enabled_tag_keys": ["app", "environment", "team"]}
numbers = itertools.count(1)


@pytest.fixture(scope="session")
def tree(tmp_path_factory):
    """A month of 20 sources, small ones."""
    folder = tmp_path_factory.mktemp("sources")
    for seed, source in enumerate(SOURCES, 1):
        costream.generate(folder / source, rows=1500, seed=seed, source=source)
    return folder


@pytest.fixture(scope="session")
def server():
    if postgres.binaries() is None:
        support.absent("no PostgreSQL (tools/bootstrap.sh installs it)")
    server = postgres.Server(["max_connections = 60"])
    yield server
    server.close()


class Schema:
    """A schema with the tables of init-db."""

    def __init__(self, server):
        self.server, self.uri, self.name = server, server.uri, f"s{next(numbers)}"
        command = [sys.executable, "-m", "costream", "init-db", server.uri, "--schema", self.name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def connect(self, **options):
        return psycopg.connect(self.uri, options=f"-c search_path={self.name} -c datestyle=ISO", **options)

    def sql(self, text, *values):
        with self.connect(autocommit=True) as connection:
            found = connection.execute(text, values)
            return found.fetchall() if found.description else None

    def rows(self):
        """All of the table, as text, by key."""
        return self.sql(f"SELECT t::text FROM {TABLE} t ORDER BY usage_start, uuid")

    def left_over(self):
        """Rows of the staging tables."""
        return [self.sql(f"SELECT count(*) FROM {table}")[0][0] for table in
                ("costream_run", "costream_unit", "costream_staged_row")]

    def run(self, inputs, uri=None, **options):
        return costream.run(inputs, to=uri or self.uri, schema=self.name, reference=REFERENCE, **{**DAYS, **options})


@pytest.fixture
def schema(server):
    return Schema(server)


@pytest.fixture(scope="session")
def expected(server, tree):
    """The rows that runs without an engine make of all sources."""
    schema = Schema(server)
    for source in SOURCES:
        schema.run(tree / source, source=source)
    return schema.rows()


@pytest.fixture
def no_delay(monkeypatch):
    """Attempts come at once."""
    monkeypatch.setattr(schedule, "DELAYS", (0.05, 0.05))


@pytest.fixture
def local_ray():
    """Ray on this machine, for several runs of a test."""
    ray.init("local", num_cpus=2, include_dashboard=False, object_store_memory=80 << 20, log_to_driver=False, logging_level="ERROR")
    yield
    ray.shutdown()


def table_of(folder):
    """The rows of a partitioned directory, by key."""
    files = sorted(folder.glob("source=*/**/*.parquet"))
    return pa.concat_tables([pq.ParquetFile(file).read() for file in files])


def reference_file(folder):
    path = folder / "reference.json"
    path.write_text(json.dumps(REFERENCE))
    return path
