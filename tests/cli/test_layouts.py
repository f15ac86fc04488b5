"""Parquet in the flat layout, in the koku layout and in none."""
import datetime
import json

import pyarrow.parquet as pq
import pytest

import support

DAY = datetime.date(2025, 11, 3)
POD = {"interval_start": datetime.datetime(2025, 11, 3, 5), "namespace": "shop", "node": "n1", "pod": "p",
       "pod_usage_cpu_core_seconds": 3600.0, "pod_request_cpu_core_seconds": 7200.0,
       "pod_usage_memory_byte_seconds": 0.0, "pod_request_memory_byte_seconds": 0.0, "pod_labels": "{}"}
DAILY = {**POD, "interval_start": datetime.datetime(2025, 11, 3), "pod_effective_usage_cpu_core_seconds": 7200.0,
         "pod_effective_usage_memory_byte_seconds": 0.0}


def run(*args, code=0):
    done = support.costream("run", *args, "--source", support.SOURCE, "--month", "2025-11", "--output", "json", code=code)
    return json.loads(done.stdout) if code == 0 else done.err


def write(path, row):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(support.table_of([row], list(row), {}), path)
    return path


def is_daily(result):
    return any("daily pod table" in warning for warning in result["warnings"])


@pytest.mark.parametrize("name, row, daily", [
    ("pods.parquet", POD, False), ("pods.parquet", DAILY, True),
    ("daily/pods.parquet", POD, True), ("pods_daily.parquet", POD, True), ("pods_hourly.parquet", DAILY, False)])
@pytest.mark.parametrize("named", ["file", "folder"])
def test_a_lone_file_is_told_by_its_path_else_by_its_columns(command, tmp_path, name, row, daily, named):
    file = write(tmp_path / "in" / name, row)
    result = run(file if named == "file" else tmp_path / "in")
    assert result["input"]["files"] == 1 and result["rows"]["pod"] == 1 and is_daily(result) == daily


def test_what_is_none_of_the_reports_is_ignored_and_counted(command, tmp_path):
    write(tmp_path / "pods.parquet", POD)
    write(tmp_path / "prices.parquet", {"sku": "x"})
    write(tmp_path / "source=s/openshift_vm_usage_line_items/0.parquet", POD)
    result = run(tmp_path)
    assert result["input"]["files"] == 1 and "2 Parquet files are none of the reports and were ignored" in result["notes"]


def test_nothing_but_other_tables_is_an_error(command, tmp_path):
    prices = write(tmp_path / "prices.parquet", {"sku": "x"})
    message = run(prices, code=3)
    assert str(prices) in message and "pod_usage_cpu_core_seconds" in message


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_summary_beside_the_reports_is_not_an_input(command, tmp_path, kind):
    write(tmp_path / "pods.parquet", POD)
    first = run(tmp_path, "--to", tmp_path / f"summary.{kind}")
    assert run(tmp_path, "--to", tmp_path / f"summary.{kind}")["rows"] == first["rows"]


def test_both_layouts_in_one_tree_need_a_name(command, tmp_path):
    for layout in ("flat", "koku"):
        write(tmp_path / support.folder_of(layout, "o", support.SOURCE, DAY, support.TABLES["pod"]) / "0.parquet", POD)
    assert "--layout" in run(tmp_path, code=2)
    for layout in ("flat", "koku"):
        assert run(tmp_path, "--layout", layout)["input"]["files"] == 1


def test_a_koku_tree_may_be_entered_anywhere(command, tmp_path):
    for table, row in ((support.TABLES["pod"], POD), (support.TABLES["pod"] + "_daily", DAILY)):
        write(tmp_path / support.folder_of("koku", "o", support.SOURCE, DAY, table) / "0.parquet", row)
    done = support.costream("run", ".", "--source", support.SOURCE, "--output", "json",
                            cwd=tmp_path / "data/parquet/daily/o/OCP")
    assert is_daily(json.loads(done.stdout))
