"""What each key of the prototype's config file does to a run from S3 to PostgreSQL."""
import json
import os
import re

import pytest

import support
from services import postgres
from services.minio import PASSWORD, USER
from services.postgres import free_port
from test_config_postgres import PROTOTYPE

OTHER = support.SOURCE.replace("1", "9")
POD = {"namespace": "shop", "node": "n1", "pod": "p", "pod_usage_cpu_core_seconds": 3600.0,
       "pod_request_cpu_core_seconds": 7200.0, "pod_usage_memory_byte_seconds": 0.0,
       "pod_request_memory_byte_seconds": 0.0, "node_capacity_cpu_cores": 4.0, "resource_id": "i-1",
       "node_capacity_cpu_core_seconds": 14400.0, "node_capacity_memory_bytes": 1e9,
       "node_capacity_memory_byte_seconds": 3.6e12, "pod_labels": "{}"}
VOLUME = {"namespace": "shop", "pod": "p", "persistentvolumeclaim": "c", "persistentvolume": "v", "storageclass": "s",
          "persistentvolumeclaim_capacity_bytes": 1e9, "persistentvolumeclaim_capacity_byte_seconds": 3.6e12,
          "volume_request_storage_byte_seconds": 3.6e12, "persistentvolumeclaim_usage_byte_seconds": 3.6e12,
          "persistentvolume_labels": "", "persistentvolumeclaim_labels": ""}


def reports(month, cores):
    times = [f"{month}-0{day} 05:00:00" for day in (1, 2, 3)]
    return {"pod": [{"interval_start": t, **POD, "pod_usage_cpu_core_seconds": 3600.0 * cores} for t in times],
            "storage": [{"interval_start": t, **VOLUME} for t in times]}


class Prototype:
    """The prototype's file; `run` sets keys in it (section.key=value) and runs it into an empty table."""

    def __init__(self, schema, endpoint, bucket, folder):
        self.schema, self.path = schema, folder / "config.yaml"
        host, port = re.search(r"@([\d.]+):(\d+)", schema.uri).groups()
        self.addresses = {
            "s3.endpoint": endpoint, "s3.access_key": USER, "s3.secret_key": PASSWORD, "s3.bucket": bucket,
            "postgresql.host": host, "postgresql.port": port, "postgresql.database": "costream",
            "postgresql.user": "costream", "postgresql.password": postgres.PASSWORD, "postgresql.schema": schema.name,
            "ocp.provider_uuid": support.SOURCE}

    def write(self, keys):
        section, lines = "", []
        left = {**self.addresses, **keys}
        for line in PROTOTYPE.splitlines():
            if named := re.fullmatch(r"(\w+):", line):
                section = named[1]
            if (key := re.match(r"  (\w+):", line)) and f"{section}.{key[1]}" in left:
                line = f"  {key[1]}: {json.dumps(str(left.pop(f'{section}.{key[1]}')))}"
            lines.append(line)
        assert not left, left
        self.path.write_text("\n".join(lines))
        return self.path

    def run(self, keys=None, code=0, *more):
        self.schema.sql("DELETE FROM {t}")
        done = support.costream("run", "--config", self.write(keys or {}), "--output", "json", "--s3-timeout", "1", *more,
                                code=code)
        return json.loads(done.stdout) if code == 0 else done.err

    def count(self, where):
        return self.schema.sql("SELECT count(*) FROM {t} WHERE " + where)[0][0]


@pytest.fixture(scope="module")
def bucket(minio, tmp_path_factory):
    """Two sources, months and organizations, told apart by the cores that are used."""
    tree, name = tmp_path_factory.mktemp("keys"), "prototype-keys"
    support.write_tree(tree, reports("2025-11", 1))
    support.write_tree(tree, reports("2025-11", 2), source=OTHER)
    support.write_tree(tree, reports("2025-10", 3))
    support.write_tree(tree, reports("2025-11", 4), org="7654321")
    minio.upload(tree, name)
    return name


@pytest.fixture
def prototype(schema, minio, bucket, tmp_path, monkeypatch):
    for name in list(os.environ):  # the file alone
        if name.startswith(("AWS_", "S3_")):
            monkeypatch.delenv(name)
    return Prototype(schema.init(), minio.endpoint, bucket, tmp_path)


def test_where_rows_come_from(prototype):
    cores = "pod_usage_cpu_core_hours = {} AND pod_labels IS NOT NULL"
    assert prototype.run()["rows"] == {"pod": 3, "storage": 3, "unallocated": 3}
    assert prototype.count(cores.format(1)) == 3
    plain = prototype.schema.snapshot()
    host = prototype.addresses["s3.endpoint"].removeprefix("http://")
    assert prototype.run({"s3.endpoint": host, "s3.use_ssl": "off"}) and prototype.schema.snapshot() == plain
    prototype.run({"ocp.provider_uuid": OTHER})
    assert prototype.count(cores.format(2) + f" AND source_uuid = '{OTHER}'") == 3
    prototype.run({"ocp.month": "10"})
    assert prototype.count(cores.format(3) + " AND usage_start < '2025-11-01'") == 3
    prototype.run({**{key: path.replace("1234567", "7654321") for key, path in templates().items()},
                   "organization.org_id": ""})
    assert prototype.count(cores.format(4)) == 3
    # A folder that holds both organizations: the key chooses.
    everywhere = {key: "data/*" for key in templates()}
    for org, number in (("1234567", 1), ("7654321", 4)):
        prototype.run({**everywhere, "organization.org_id": org})
        assert prototype.count(cores.format(number)) == 3


def templates():
    return {f"ocp.{key}": path for key, path in re.findall(r"(parquet_path_\w+): (.*)", PROTOTYPE.replace("${ORG_ID:-1234567}", "1234567"))}


@pytest.mark.parametrize("keys, code, said", [
    ({"s3.endpoint": "http://127.0.0.1:{free}"}, 75, "the store is not available"),
    ({"s3.endpoint": "{bare}", "s3.use_ssl": "yes"}, 75, "the store is not available"),
    ({"s3.access_key": "nobody"}, 2, "no access"), ({"s3.secret_key": "wrong"}, 2, "no access"),
    ({"s3.bucket": "another-bucket"}, 2, "no such bucket"),
    ({"postgresql.host": "127.0.0.2"}, 75, "127.0.0.2"), ({"postgresql.port": "{free}"}, 75, "no connection"),
    ({"postgresql.database": "other"}, 2, '"other" does not exist'), ({"postgresql.user": "nobody"}, 2, "nobody"),
    ({"postgresql.password": "wrong"}, 2, "password authentication failed"), ({"postgresql.schema": "other"}, 2, '"other"'),
    ({"ocp.year": "2024"}, 3, "year=2024/month=11"), ({"ocp.start_date": "2025-12-01"}, 2, "--start 2025-12-01 is after"),
    ({"performance.chunk_size": "0"}, 2, "performance.chunk_size"),
    ({"performance.streaming_threshold_rows": "-1"}, 2, "streaming_threshold_rows"),
    ({"performance.max_workers": "many"}, 2, "performance.threads"),
    ({"features.pod_aggregation": "maybe"}, 2, "features.pod_aggregation"), ({"logging.level": "loud"}, 2, "'loud'")])
def test_what_cannot_be(prototype, keys, code, said):
    words = {"free": str(free_port()), "bare": prototype.addresses["s3.endpoint"].removeprefix("http://")}
    err = prototype.run({key: value.format(**words) for key, value in keys.items()}, code)
    assert said in err and prototype.schema.snapshot() == []


def test_what_stands_in_every_row(prototype):
    prototype.run({"ocp.cluster_id": "c-1", "ocp.cluster_alias": "the cluster", "ocp.report_period_id": "12"})
    assert prototype.count("cluster_id = 'c-1' AND cluster_alias = 'the cluster' AND report_period_id = 12") == 9


def test_which_days_and_kinds(prototype):
    prototype.run({"ocp.start_date": "2025-11-02", "ocp.end_date": "2025-11-02"})
    assert prototype.count("usage_start = '2025-11-02'") == 3 == len(prototype.schema.snapshot())
    kinds = {"pod": "features.pod_aggregation", "storage": "features.storage_aggregation",
             "unallocated": "features.unallocated_capacity"}
    for kind, key in kinds.items():
        assert prototype.run({key: "no"})["rows"] == {other: 0 if other == kind else 3 for other in kinds}


def test_cost_categories(prototype):
    prototype.schema.sql("INSERT INTO {s}.reporting_ocp_cost_category_namespace (namespace, cost_category_id) VALUES ('sh%%', 5)")
    prototype.run()
    assert prototype.count("cost_category_id = 5") == 6
    prototype.run({"features.cost_category": "false"})
    assert prototype.count("cost_category_id IS NULL") == 9


def test_how_it_runs_never_shows_in_the_rows(prototype, monkeypatch):
    assert prototype.run()["mode"] == "streaming"
    plain = prototype.schema.snapshot()

    def mode(keys):
        found = prototype.run({f"performance.{key}": value for key, value in keys.items()})
        assert prototype.schema.snapshot() == plain
        return found["mode"]
    assert mode({"use_streaming": "false"}) == "in-memory"
    assert mode({"use_streaming": "auto"}) == "in-memory"
    assert mode({"use_streaming": "auto", "streaming_threshold_rows": 2}) == "streaming"
    for keys in ({"chunk_size": 1}, {"use_categorical": "false"}, {"column_filtering": "false"}, {"max_workers": 1}):
        assert mode(keys) == "streaming"
    monkeypatch.setenv("USE_STREAMING", "false")  # the file asks for it
    monkeypatch.setenv("CHUNK_SIZE", "2")
    prototype.schema.sql("DELETE FROM {t}")
    done = support.costream("run", "--config", prototype.write({}), "--output", "json")
    assert json.loads(done.stdout)["mode"] == "in-memory" and prototype.schema.snapshot() == plain


def test_logging(prototype):
    def log(level):
        return support.costream("run", "--config", prototype.write({"logging.level": level})).err
    assert " info " in log("INFO") and log("CRITICAL") == ""


def test_every_key_is_effective_or_noted(prototype):
    shown = json.loads(support.costream("config", "show", "--config", prototype.write({}), "--output", "json").stdout)
    notes = " ".join(shown["notes"])
    section, keys = "", []
    for line in PROTOTYPE.splitlines():
        if named := re.fullmatch(r"(\w+):", line):
            section = named[1]
        elif key := re.match(r"  (\w+): *(\{?)(\w*)", line):
            keys.append(f"{section}.{key[1]}" + (f".{key[3]}" if key[2] else ""))
    assert len(keys) > 50
    also = {"performance.max_workers", "performance.parallel_readers"}  # of performance.threads
    for key in keys:
        assert key in shown["settings"] or key in also or f"{key} has no effect" in notes, key
    assert shown["settings"]["performance.threads"]["value"] == "4"
    assert "validation.enabled has no effect: give --validate-expected FILE" in notes
