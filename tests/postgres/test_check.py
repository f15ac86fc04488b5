"""`costream check`: a red line with its remedy for each thing that is wrong, the others green."""
import json
import re

import pytest

import support
from services.postgres import PASSWORD, free_port

MONTH = ["--month", "2025-11", "--source", support.SOURCE]
POD = {"namespace": "shop", "node": "n1", "pod": "p", "pod_usage_cpu_core_seconds": 3600.0,
       "pod_request_cpu_core_seconds": 7200.0, "pod_usage_memory_byte_seconds": 0.0,
       "pod_request_memory_byte_seconds": 0.0, "node_capacity_cpu_cores": 4.0, "pod_labels": "{}",
       "node_capacity_cpu_core_seconds": 14400.0, "node_capacity_memory_bytes": 1e9,
       "node_capacity_memory_byte_seconds": 3.6e12}


@pytest.fixture
def tree(tmp_path):
    rows = [{**POD, "interval_start": f"2025-11-0{day} 05:00:00"} for day in (1, 2, 3)]
    return support.write_tree(tmp_path / "tree", {"pod": rows})


def lines(*args, code=0):
    """What is said of each piece, by name."""
    done = support.costream("check", *args, "--output", "json", code=code)
    found = json.loads(done.stdout)
    assert code is None or found["ok"] == (code == 0)
    by_name = {}
    for line in found["checks"]:
        by_name.setdefault(line["name"], line)
    return by_name


def failed(found):
    return [name for name, line in found.items() if line["outcome"] == "failed"]


def check(schema, *args, code=0, uri=None):
    return lines(*args, *MONTH, "--to", uri or schema.uri, "--schema", schema.name, code=code)


def the_red(found, name, code, *words):
    """The piece is the only red one, and says all the words in its remedy."""
    assert failed(found) == [name], found
    assert found[name]["exit_code"] == code and found[name]["text"]
    for word in words:
        assert word in found[name]["remedy"], found[name]
    return found[name]


def test_all_is_well(schema, s3, tree):
    s3.upload(tree, s3.bucket)
    schema.init(partitioned=True)
    schema.sql("INSERT INTO {s}.reporting_enabledtagkeys (key, enabled, provider_type) VALUES ('app', true, 'OCP'), ('env', false, 'OCP')")
    found = check(schema, f"s3://{s3.bucket}/data", "--create-partitions")
    assert found["storage"]["text"].startswith(f"{s3.endpoint}: s3://{s3.bucket}/data, 6 objects")
    assert found["layout"]["text"] == "flat"
    assert re.fullmatch(r"hourly: 3 files, 3 rows, .* MB; daily: 3 files, 3 rows, .* MB|"
                        r"daily: 3 files, 3 rows, .* MB; hourly: 3 files, 3 rows, .* MB", found["pod_usage"]["text"])
    assert found["storage_usage"]["text"] == "none for these days"
    assert "the run makes it" in found["partition"]["text"]
    assert found["enabled keys"]["text"] == "1 keys"
    assert found["target"]["text"].endswith("0 rows would be replaced")
    assert found["memory"]["text"].startswith("limit 128 MiB") and found["processors"]["outcome"] == "ok"
    assert schema.sql("SELECT count(*) FROM pg_inherits WHERE inhparent = '{t}'::regclass") == [(0,)]  # unchanged
    text = support.costream("check", tree, *MONTH).stdout.decode()
    assert re.search(r"^ok +layout +flat$", text, re.M) and "FAILED" not in text and "\033" not in text


def test_no_store(schema, monkeypatch):
    monkeypatch.setenv("S3_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("S3_ACCESS_KEY", "k")
    monkeypatch.setenv("S3_SECRET_KEY", "costream-test-secret")
    schema.init()
    found = check(schema, "s3://bucket/data", "--s3-timeout", "0.5", code=75)
    the_red(found, "storage", 75, "s3.endpoint", "S3_ENDPOINT")
    assert found["reports"]["outcome"] == "skipped" and found["summary table"]["outcome"] == "ok"


def test_no_database(schema, tree):
    uri = f"postgresql://costream:{PASSWORD}@127.0.0.1:{free_port()}/costream"
    found = check(schema, tree, uri=uri, code=75)
    assert PASSWORD not in json.dumps(found)
    the_red(found, "database", 75, "postgresql.host")
    assert found["target"]["outcome"] == "skipped" and found["pod_usage"]["outcome"] == "ok"


def test_a_wrong_password(schema, tree):
    found = check(schema, tree, uri=schema.uri.replace(PASSWORD, "wrong-secret"), code=2)
    the_red(found, "database", 2, "POSTGRES_PASSWORD", "pg_hba.conf")
    assert "wrong-secret" not in json.dumps(found)


def test_a_wrong_key_of_the_store(s3, tree, monkeypatch):
    s3.upload(tree, s3.bucket)
    monkeypatch.setenv("S3_SECRET_KEY", "not-the-key")
    found = lines(f"s3://{s3.bucket}/data", *MONTH, code=2)
    the_red(found, "storage", 2, "s3.access_key")
    assert "not-the-key" not in json.dumps(found)


def test_a_missing_bucket(schema, s3):
    schema.init()
    the_red(check(schema, f"s3://{s3.bucket}/data", code=2), "storage", 2, "s3.bucket", "S3_BUCKET")


def test_an_empty_prefix(schema, s3, tree):
    s3.upload(tree, s3.bucket)
    schema.init()
    found = check(schema, f"s3://{s3.bucket}/data/other", code=3)
    red = the_red(found, "reports", 3, "ocp.provider_uuid", "parquet_path_*")
    assert f"s3://{s3.bucket}/data/other" in red["text"] and "0 objects" in found["storage"]["text"]


def test_a_month_without_pods(tmp_path):
    rows = [{"interval_start": "2025-11-01 00:00:00", "node": "n1", "node_labels": "{}"}]
    tree = support.write_tree(tmp_path / "tree", {"node": rows})
    the_red(lines(tree, *MONTH, code=3), "pod_usage", 3, "arrived")
    assert lines(tree, *MONTH, "--rows", "storage")["pod_usage"]["outcome"] == "ok"


def test_a_missing_partition(schema, tree):
    schema.init(partitioned=True)
    red = the_red(check(schema, tree, code=2), "partition", 2, "--create-partitions")
    schema.sql(red["remedy"][red["remedy"].index("CREATE TABLE"):])
    assert check(schema, tree)["partition"]["text"] == "there for 2025-11-01 to 2025-11-30"


@pytest.mark.parametrize("granted", [[], ["USAGE ON SCHEMA {s}"], ["USAGE ON SCHEMA {s}", "SELECT, INSERT ON {t}"]])
def test_a_missing_privilege(schema, tree, granted):
    schema.init()
    schema.sql("DROP ROLE IF EXISTS weak")
    schema.sql(f"CREATE ROLE weak LOGIN PASSWORD '{PASSWORD}'")
    try:
        for privilege in granted:
            schema.sql(f"GRANT {privilege} TO weak")
        uri = schema.uri.replace("//costream:", "//weak:")
        found = check(schema, tree, uri=uri, code=2)
        assert failed(found) == ["summary table", "enabled keys"]
        for name in failed(found):  # what is said helps
            red = found[name]
            assert red["exit_code"] == 2 and "permission denied" in red["text"]
            for statement in re.findall(r"GRANT [^;]*", red["remedy"]):
                schema.sql(statement)
            found = check(schema, tree, uri=uri, code=None)
            assert found[name]["outcome"] == "ok"
        assert failed(found) == []
    finally:
        schema.sql("DROP OWNED BY weak")
        schema.sql("DROP ROLE weak")


def test_a_table_of_reference_data_that_cannot_be_read(schema, tree):
    schema.init()
    schema.sql("ALTER TABLE {s}.reporting_enabledtagkeys ALTER enabled TYPE text")
    the_red(check(schema, tree, code=2), "enabled keys", 2, "GRANT SELECT")


def test_a_wrong_schema(schema, tree):
    schema.init()
    arguments = [tree, *MONTH, "--to", schema.uri, "--schema", "elsewhere"]
    the_red(lines(*arguments, code=2), "summary table", 2, schema.name, "postgresql.schema", "init-db")


def test_a_column_of_another_type(schema, tree):
    schema.init()
    schema.sql("ALTER TABLE {t} ALTER node TYPE jsonb USING NULL")
    the_red(check(schema, tree, code=2), "summary table", 2, "alter the column")


def test_the_machine(tree, tmp_path):
    tmp_path.chmod(0o700)
    found = lines(tree, *MONTH, "--memory-limit", "10MiB", "--spill-dir", tmp_path / "none", code=2)
    assert failed(found) == ["memory", "spill folder"]
    assert "memory_limit" in found["memory"]["remedy"] and "TMPDIR" in found["spill folder"]["remedy"]


def test_the_worst_failure_decides_and_the_table_shows_all(schema, tmp_path):
    uri = f"postgresql://costream:{PASSWORD}@127.0.0.1:{free_port()}/costream"
    done = support.costream("check", tmp_path / "none", *MONTH, "--to", uri, code=3)
    text = done.stdout.decode()
    assert re.search(r"^FAILED +storage", text, re.M) and re.search(r"^FAILED +database", text, re.M)
    assert text.count("\n" + " " * 26 + "-> ") == 2 and "2 of " in done.err


def test_a_target_that_cannot_be_written(tree, tmp_path):
    the_red(lines(tree, *MONTH, "--to", tmp_path / "none/x.csv", code=2), "target", 2, "--to")
    assert lines(tree, *MONTH, "--to", tmp_path / "x.csv")["target"]["text"].endswith("0 rows would be replaced")
    assert not (tmp_path / "x.csv").exists()
