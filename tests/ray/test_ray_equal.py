"""Whatever the engine and however units are cut: the rows of runs without one."""
import json
import subprocess
import sys

import pytest
import ray

import costream
from conftest import DAYS, REFERENCE, SOURCES, Schema, reference_file, table_of


def test_200_units_of_20_sources(schema, tree, expected, server, local_ray):
    result = schema.run(tree, engine="ray", all_sources=True)
    assert schema.rows() == expected
    assert len(result.report["units"]) == 200 and result.report["done"] == 20 and result.report["exit_code"] == 0
    assert sum(result.rows.values()) == result.report["rows_written"] == len(expected)
    assert result.reconciliation == {"input_exact": True, "capacity_ok": True}
    assert {unit["attempts"] for unit in result.report["units"]} == {1}
    assert schema.left_over() == [0, 0, 0]
    again = schema.run(tree, engine="ray", source=SOURCES[:1])  # replaces the same rows
    assert schema.rows() == expected and again.report["done"] == 1
    local = Schema(server)
    local.run(tree, engine="local", source=SOURCES)
    assert local.rows() == expected


def test_split_units(schema, tree, expected, local_ray):
    result = schema.run(tree, engine="ray", source=SOURCES[:2], unit_rows=20)
    assert {unit["parts"] for unit in result.report["units"]} > {5}  # merged in a tree
    assert schema.rows() == [row for row in expected if any(source in row[0] for source in SOURCES[:2])]


def test_a_directory(tree, tmp_path, local_ray):
    whole, spread = tmp_path / "whole", tmp_path / "spread"
    for folder in (whole, spread):
        folder.mkdir()
    for source in SOURCES[:3]:
        costream.run(tree / source, to=f"{whole}/", reference=REFERENCE, source=source, **DAYS)
    for number in range(2):
        result = costream.run(tree, to=f"{spread}/", engine="ray", reference=REFERENCE, source=SOURCES[:3], **DAYS,
                              unit_rows=100 if number else None)
        assert result.report["done"] == 3
        assert table_of(spread).equals(table_of(whole))
        assert not list(spread.glob(".costream*"))


def test_a_directory_in_s3(tree, s3, local_ray, tmp_path):
    """Workers have the environment of the start: S3 comes first."""
    s3.client.create_bucket(Bucket=s3.bucket)
    to = f"s3://{s3.bucket}/summary/"
    costream.run(tree / SOURCES[0], to=to, engine="ray", reference=REFERENCE, source=SOURCES[0], **DAYS)
    costream.run(tree / SOURCES[0], to=f"{tmp_path}/plain/", reference=REFERENCE, source=SOURCES[0], **DAYS)
    assert costream.diff(f"{tmp_path}/plain/", to)["equal"]
    names = [found["Key"] for found in s3.client.list_objects_v2(Bucket=s3.bucket)["Contents"]]
    assert len(names) == 10 and not [name for name in names if "costream" in name]


def test_the_command_starts_ray(schema, tree, expected, tmp_path):
    command = [sys.executable, "-m", "costream", "run", tree, "--engine", "ray", "--source", ",".join(SOURCES[:2]), "--start",
               DAYS["start"], "--end", DAYS["end"], "--reference", reference_file(tmp_path), "--to", schema.uri, "--schema",
               schema.name, "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["engine"] == "ray" and report["done"] == 2
    assert schema.rows() == [row for row in expected if any(source in row[0] for source in SOURCES[:2])]


def test_progress_counts_units(schema, tree):
    seen = []
    schema.run(tree / SOURCES[0], engine="local", source=SOURCES[0], progress=seen.append)
    assert [progress.units_done for progress in seen] == list(range(1, 11)) and {progress.units for progress in seen} == {10}
    assert seen[-1].bytes_done == seen[-1].bytes_total > 0 and seen[-1].rows > 0


@pytest.mark.parametrize("options, what", [
    ({"to": "x.parquet"}, "database .* or a directory"),
    ({"to": None}, "database .* or a directory"),
    ({"truncate": True, "yes": True}, "truncate is for a run without --engine"),
    ({"engine": "spark"}, "use local or ray"),
    ({"address": "ray://127.0.0.1:1"}, "address ray://127.0.0.1:1"),
    ({"engine": "ray", "memory_limit": "900GiB"}, "no node has 1 processors and 921856 MiB"),
    ({"resume": "no-such-run"}, "no run no-such-run is open"),
    ({"no_such_option": 1}, "no-such-option"),
])
def test_what_cannot_be_meant(schema, tree, options, what):
    given = {"to": schema.uri, "schema": schema.name, "engine": "ray" if "address" in options else "local", **options}
    with pytest.raises(costream.ConfigError, match=what):
        costream.run(tree / SOURCES[0], source=SOURCES[0], **DAYS, **given)
    assert not ray.is_initialized()


def test_days_without_input(schema, tree):
    """As a run without an engine: rows are not replaced by nothing unless that is meant."""
    schema.run(tree / SOURCES[0], source=SOURCES[0])
    rows = schema.rows()
    assert schema.run(tree / SOURCES[0], engine="local", source=SOURCES[0], start="2025-10-01", end="2025-10-02").rows["pod"] == 0
    assert schema.rows() == rows
    november = tree / SOURCES[0] / "data"
    only = [str(path) for path in november.glob("*/OCP/source=*/year=2025/month=11/day=01")]
    with pytest.raises(costream.ConfigError, match="no input: 2025-11-02"):
        schema.run(only, engine="local", source=SOURCES[0])
    assert schema.rows() == rows
    schema.run(only, engine="local", source=SOURCES[0], allow_empty=True)
    assert schema.rows() == [row for row in rows if ",2025-11-01,2025-11-01," in row[0]]
