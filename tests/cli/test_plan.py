"""`costream plan`: what would be read and replaced, counted anew here; nothing changes."""
import contextlib
import json
import pathlib
import sqlite3
import sys

import pyarrow.parquet as pq
import pytest

import support

sys.path.insert(0, str(support.ROOT / "tests/sinks"))
import month  # noqa: E402

ARGUMENTS = [*month.MONTH, "--source", support.SOURCE]


def plan(*args, code=0):
    done = support.costream("plan", *args, "--output", "json", code=code)
    return json.loads(done.stdout) if code == 0 else done.err


def state(folder):
    """All names, contents and times of change below a folder."""
    return {p: (p.read_bytes() if p.is_file() else None, p.stat().st_mtime_ns) for p in pathlib.Path(folder).rglob("*")}


def reads(found):
    return {(r["report"], r["granularity"]): r for r in found["read"]}


@pytest.mark.parametrize("layout", ["flat", "koku"])
def test_what_is_read_of_a_tree(golden, command, tmp_path, layout):
    reports = support.read_reports(golden / "mixed_202502/csv")
    tree = support.write_tree(tmp_path / "tree", reports, layout=layout, row_group_size=10)
    found = plan(tree, "--reference", golden / "mixed_202502/reference.json")
    assert found["layouts"] == [layout]
    hourly = [p for p in tree.rglob("*.parquet")
              if "daily" not in str(p.relative_to(tree)) and "pod_usage" in str(p.relative_to(tree))]
    metadata = [pq.ParquetFile(p).metadata for p in hourly]
    pods = reads(found)["pod_usage", "hourly"]
    assert pods["files"] == len(hourly)
    assert pods["row_groups"] == sum(m.num_row_groups for m in metadata)
    assert pods["rows"] == len(reports["pod"]) == sum(m.num_rows for m in metadata)
    needed = {"interval_start", "node", "node_capacity_cpu_core_seconds", "node_capacity_memory_byte_seconds",
              "namespace", "pod", "resource_id"}
    columns = [m.row_group(g).column(c) for m in metadata for g in range(m.num_row_groups) for c in range(m.num_columns)]
    assert 0 < pods["bytes"] <= sum(c.total_compressed_size for c in columns if c.path_in_schema in needed)
    served, = found["tables"]
    assert served == {"start_date": "2025-02-01", "end_date": "2025-02-28", "usage": "daily", "capacity": "hourly",
                      "storage": "daily", "node_labels": "hourly", "namespace_labels": "hourly"}
    assert {(t["report"], t["granularity"]) for t in found["not_needed"]} == {
        ("storage_usage", "hourly"), ("node_labels", "daily"), ("namespace_labels", "daily")}


def test_days_that_only_one_table_has_are_told_apart(golden, command, tmp_path):
    reports = support.read_reports(golden / "mixed_202502/csv")
    daily = {name: [r for r in support.daily_rows(name, rows) if r["interval_start"].day <= 10]
             for name, rows in reports.items()}
    tree = support.write_tree(tmp_path / "tree", reports, daily=daily)
    found = plan(tree, "--reference", golden / "mixed_202502/reference.json")
    usage = [(r["start_date"], r["end_date"], r["usage"]) for r in found["tables"]]
    assert [usage[0][0], usage[-1][1]] == ["2025-02-01", "2025-02-28"]
    assert {day for first, last, table in usage if table == "daily" for day in (first, last)} <= {
        f"2025-02-{day:02}" for day in range(1, 11)}
    assert usage[-1][2] == "hourly"


@pytest.mark.parametrize("to", ["summary/", "x.db", "x.csv", "x.parquet"])
def test_replaced_rows(command, tmp_path, to):
    target = f"{tmp_path / 'out'}/{to}"
    (tmp_path / "out").mkdir()
    inputs = month.write(tmp_path / "in", 1)
    before = state(tmp_path)
    nothing = plan(inputs, *ARGUMENTS, "--to", target)["replaced"]
    assert nothing["rows"] == 0 and state(tmp_path) == before
    support.costream("run", inputs, *ARGUMENTS, "--to", target)
    before = state(tmp_path)
    found = plan(month.write(tmp_path / "in", 1), *ARGUMENTS, "--to", target)["replaced"]
    whole = to in ("x.csv", "x.parquet")
    assert found == {"rows": 9, "whole_file": whole,
                     "days": [] if whole else [{"date": f"2025-11-0{day}", "rows": 3} for day in (1, 2, 3)]}
    after = state(tmp_path / "out")
    assert after == {p: s for p, s in before.items() if p in after} and len(after) == sum("/out/" in str(p) for p in before)
    if not whole:
        some = plan(inputs, *ARGUMENTS, "--to", target, "--start", "2025-11-02", "--rows", "pod,storage")["replaced"]
        assert some["days"] == [{"date": "2025-11-02", "rows": 2}, {"date": "2025-11-03", "rows": 2}]
        other = plan(inputs, *month.MONTH, "--source", "other", "--to", target)["replaced"]
        assert other["rows"] == 0
        assert state(tmp_path / "out") == after


def test_rows_of_a_cost_model_are_not_counted(command, tmp_path):
    inputs = month.write(tmp_path / "in", 1)
    support.costream("run", inputs, *ARGUMENTS, "--to", tmp_path / "x.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as database:
        database.execute("ALTER TABLE reporting_ocpusagelineitem_daily_summary ADD COLUMN cost_model_rate_type TEXT")
        database.execute("UPDATE reporting_ocpusagelineitem_daily_summary SET cost_model_rate_type = 'x' "
                         "WHERE usage_start = '2025-11-02'")
    assert plan(inputs, *ARGUMENTS, "--to", tmp_path / "x.db")["replaced"]["rows"] == 6


def test_what_is_superseded(golden, command, tmp_path):
    texts = support.read_texts(golden / "ocp_report_1/csv")
    day = support.days_of(texts)[0]
    files = support.of_hours(texts, lambda time: time.date() == day)
    for number in (1, 2):
        manifest = support.manifest_of(f"0000000{number}-0000-4000-8000-000000000000", files, daily_reports=True,
                                       date=f"2025-12-0{number}T00:00:00Z")
        support.write_payload(tmp_path / f"in/{number}.tar.gz", manifest, files)
    found = plan(tmp_path / "in", "--reference", golden / "ocp_report_1/reference.json")
    assert found["layouts"] == ["payload"]
    assert found["superseded"] and all("1.tar.gz" in s["file"] for s in found["superseded"])
    run = json.loads(support.costream("run", tmp_path / "in", "--reference", golden / "ocp_report_1/reference.json",
                                      "--output", "json").stdout)
    assert found["superseded"] == run["superseded"]


def test_errors_are_those_of_the_run(command, tmp_path):
    inputs = month.write(tmp_path / "in", 1)
    assert "does not exist" in plan(inputs, *ARGUMENTS, "--to", tmp_path / "absent/x.db", code=2)
    assert "not a target" in plan(inputs, *ARGUMENTS, "--to", tmp_path / "x.txt", code=2)
    assert "month is not known" in plan(inputs, "--source", "s", code=2)
    (tmp_path / "x.db").write_bytes(b"no database " * 1000)
    assert "not a database" in plan(inputs, *ARGUMENTS, "--to", tmp_path / "x.db", code=2)
    (tmp_path / "x.parquet").write_bytes(b"no parquet")
    assert "cannot be counted" in plan(inputs, *ARGUMENTS, "--to", tmp_path / "x.parquet", code=2)


def test_the_table_says_it_too(command, tmp_path):
    inputs = month.write(tmp_path / "in", 1)
    support.costream("run", inputs, *ARGUMENTS, "--to", tmp_path / "x.db")
    text = support.costream("plan", inputs, *ARGUMENTS, "--to", tmp_path / "x.db").stdout.decode()
    assert "9 rows of 3 days (2025-11-01 to 2025-11-03)" in text
    assert "hourly pod_usage" in text and "usage hourly, capacity hourly" in text
