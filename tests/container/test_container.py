"""The image as a pod of the manifests runs it: arbitrary user id, read-only root, 160 MiB and half a core."""
import json
import re
import time

import pytest
import yaml

import support
from container import runtime
from services.postgres import PASSWORD


@pytest.fixture
def setup(s3, schema, month):
    """Config file and environment of a run of the month from S3 to PostgreSQL."""
    if not getattr(s3, "months", None):
        s3.months = s3.bucket
        s3.upload(month, s3.months)
    source = json.loads((month / "reference.json").read_text())["source_uuid"]
    host, port = re.search(r"@([\d.]+):(\d+)", schema.uri).groups()
    schema.init()
    config = {
        "ocp": {"parquet_path_pod": "data/1234567/OCP/source={provider_uuid}/year={year}/month={month}/*"},
        "s3": {"endpoint": s3.endpoint, "bucket": s3.months},
        "postgresql": {"host": host, "port": int(port), "database": "costream", "user": "costream", "schema": schema.name}}
    env = {"S3_ACCESS_KEY": s3.environment()["S3_ACCESS_KEY"], "S3_SECRET_KEY": s3.environment()["S3_SECRET_KEY"],
           "POSTGRES_PASSWORD": PASSWORD, "OCP_PROVIDER_UUID": source}
    return {"config": yaml.safe_dump(config), "env": env}


RUN = ["run", "--config", "/etc/costream/config.yaml", "--month", "2025-11"]


def test_only_tmp_is_written_to(image, month):
    with runtime.Container(image, "generate", "--rows", "100", "--out", "/there") as container:
        code, _, log = container.finish()
        assert code != 0 and "Read-only file system" in log[-1]["msg"], log
    with runtime.Container(image, "generate", "--rows", "1000", "--out", "/tmp/month") as container:
        code, _, log = container.finish()
        assert code == 0, log
        assert {p.stat().st_uid for p in container.tmp.rglob("*")} == {runtime.USER}


def test_two_million_rows_from_s3_to_postgres_within_the_limits(image, month, schema, setup):
    with runtime.Container(image, *RUN, "--output", "json", **setup) as container:
        code, out, log = container.finish()
        assert code == 0, log
        said = json.loads(out)
        assert said["input"]["rows"] > 2_000_000 and said["peak_memory_bytes"] < 160 * runtime.MIB
        assert said["memory_limit_bytes"] == 128 * runtime.MIB
        assert list(container.tmp.iterdir()) == []
    assert log[-1]["phase"] == "commit" and log[-1]["schema"] == schema.name
    (rows,), = schema.sql("SELECT count(*) FROM {t}")
    assert rows == sum(said["rows"].values()) == log[-1]["rows"]
    print("two million rows:", said["seconds"], "s, peak", said["peak_memory_bytes"] >> 20, "MiB")


@pytest.mark.parametrize("seconds", [0.1, 0.5])  # of some two that it takes
def test_sigterm_in_the_middle_changes_nothing(image, month, schema, setup, tmp_path, seconds):
    small = tmp_path / "small"
    support.costream("generate", "--rows", "2000", "--seed", "2", "--out", small)
    schema.run(small, "--reference", small / "reference.json")
    before = schema.snapshot()
    with runtime.Container(image, *RUN, **setup) as container:
        while json.loads(container.process.stderr.readline())["phase"] != "aggregate":
            pass
        time.sleep(seconds)
        asked = time.monotonic()
        container.kill("TERM")
        code, _, log = container.finish(timeout=20)
        assert time.monotonic() - asked < 5
        assert code == 143 and log[-1]["msg"].startswith("stopped by a signal"), log
        assert log[-1]["phase"] in ("aggregate", "commit")
        assert list(container.tmp.iterdir()) == []
    assert schema.snapshot() == before
