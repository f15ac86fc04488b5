"""`costream convert`: what it writes is what `run` reads, over and over, and newer payloads replace older ones."""
import datetime
import json
import random
import shutil
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

import support
from payloads.test_payloads import pods, run, send

LAYOUTS = ["flat", "koku"]


def convert(out, *inputs, layout="flat", code=0):
    return support.costream("convert", *inputs, "--out", out, "--layout", layout, "--source", support.SOURCE, "--org",
                            "1234567", code=code)


def contents(tree):
    return {str(p.relative_to(tree)): p.read_bytes() for p in sorted(tree.rglob("*.parquet"))}


def used(tmp_path, tree):
    return run(tmp_path, tree)[0]


@pytest.fixture(params=LAYOUTS)
def layout(request, command):
    return request.param


@pytest.mark.parametrize("name", support.GOLDEN_NAMES)
def test_a_run_over_the_tree_gives_the_golden_rows(golden, name, layout, tmp_path):
    """Growing days in shuffled order, all at once and one after the other; then CSVs."""
    reports = support.read_texts(golden / name / "csv")
    paths = []
    for day in support.days_of(reports):
        start = datetime.datetime.combine(day, datetime.time())
        for part in (1, 2):
            end = start + datetime.timedelta(hours=12 * part)
            files = support.of_hours(reports, lambda time: start <= time < end)
            manifest = support.manifest_of(f"u-{day}-{part}", files, daily_reports=True, **support.covers(start, end))
            paths.append(support.write_payload(tmp_path / "in" / f"{day}-{part}.tar.gz", manifest, files))
    random.Random(name).shuffle(paths)
    half = len(paths) // 2
    convert(tmp_path / "tree", *paths[:half], layout=layout) if half else None
    convert(tmp_path / "tree", *paths[half:], layout=layout)
    convert(tmp_path / "csvs", golden / name / "csv", layout=layout)
    for tree in ("tree", "csvs"):
        out = tmp_path / f"{tree}.csv"
        support.costream("run", tmp_path / tree, "--source", support.SOURCE, "--reference",
                         golden / name / "reference.json", "--to", out)
        done = subprocess.run([sys.executable, str(golden / "compare.py"), str(golden / name / "expected.csv"), str(out),
                               "--ignore", "source_uuid"], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_again_changes_nothing(layout, tmp_path):
    send(tmp_path / "in/1.tar.gz", "a", {"a.csv": pods(1, range(6))}, day=1, hours=6)
    send(tmp_path / "in/2.tar.gz", "b", {"a.csv": pods(2, range(6))})
    (tmp_path / "in/x.csv").write_bytes(pods(3, range(6)))
    for _ in range(3):
        convert(tmp_path / "tree", tmp_path / "in", layout=layout)
        assert used(tmp_path, tmp_path / "tree") == {1: 6, 2: 6, 3: 6}
        assert len(contents(tmp_path / "tree")) == 6


def test_newer_payloads_replace_what_they_supersede(layout, tmp_path):
    tree = tmp_path / "tree"
    older = send(tmp_path / "1.tar.gz", "a", {"a.csv": pods(1, range(6))}, day=1, hours=6)
    newer = send(tmp_path / "2.tar.gz", "b", {"a.csv": pods(1, range(9))}, day=1, hours=9)
    adds = send(tmp_path / "3.tar.gz", "c", {"a.csv": pods(1, range(2))})
    other = send(tmp_path / "4.tar.gz", "d", {"a.csv": pods(2, range(5))}, day=2, hours=5)
    convert(tree, adds, layout=layout)
    assert used(tmp_path, tree) == {1: 2}
    convert(tree, older, other, layout=layout)
    assert used(tmp_path, tree) == {1: 6, 2: 5} and len(contents(tree)) == 4
    said = convert(tree, newer, layout=layout)
    assert used(tmp_path, tree) == {1: 9, 2: 5} and len(contents(tree)) == 4
    assert b"6 rows" in said.stdout
    before = contents(tree)
    said = convert(tree, older, adds, layout=layout)
    assert contents(tree) == before and b"1.tar.gz:a.csv: 6 rows" in said.stdout


def test_of_equal_hours_the_later_date_replaces(layout, tmp_path):
    paths = [send(tmp_path / f"{i}.tar.gz", uuid, {"a.csv": pods(1, range(i))}, day=1, hours=6, date=f"2025-11-02T00:0{i}:00Z")
             for i, uuid in ((5, "a"), (4, "b"))]
    for order in (paths, paths[::-1]):
        shutil.rmtree(tmp_path / "tree", ignore_errors=True)
        for path in order:
            convert(tmp_path / "tree", path, layout=layout)
        assert used(tmp_path, tmp_path / "tree") == {1: 5}


def test_a_csv_that_changed_is_replaced_with_all_its_days(layout, tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(pods(1, range(3)) + pods(2, range(3)).split(b"\n", 1)[1])
    convert(tmp_path / "tree", path, layout=layout)
    assert used(tmp_path, tmp_path / "tree") == {1: 3, 2: 3}
    path.write_bytes(pods(2, range(4)))
    convert(tmp_path / "tree", path, layout=layout)
    assert used(tmp_path, tmp_path / "tree") == {2: 4}


def test_metadata_tell_what_objects_carry(layout, tmp_path):
    convert(tmp_path / "tree", send(tmp_path / "1.tar.gz", "U-7", {"a.csv": pods(1, range(6))}, day=1, hours=5), layout=layout)
    for path in (tmp_path / "tree").rglob("*.parquet"):
        metadata = pq.read_metadata(path).metadata
        assert (metadata[b"manifestid"], metadata[b"reportdatestart"], metadata[b"reportnumhours"]) == (b"u-7", b"2025-11-01", b"5")


def test_all_columns_are_kept_and_the_daily_table_groups(layout, tmp_path):
    columns = [*support.COLUMNS["pod"], "extra"]
    rows = [{**dict.fromkeys(columns, ""), "interval_start": datetime.datetime(2025, 11, 1, hour), "namespace": "shop",
             "interval_end": datetime.datetime(2025, 11, 1, hour, 59), "node": "n", "pod": "p", "extra": f"x{hour}",
             "pod_usage_cpu_core_seconds": hour, "pod_request_cpu_core_seconds": 2.5, "node_capacity_cpu_cores": hour}
            for hour in range(6)]
    (tmp_path / "x.csv").write_bytes(support.csv_text(rows, columns))
    convert(tmp_path / "tree", tmp_path / "x.csv", layout=layout)
    tables = {pq.read_table(p).num_rows: pq.ParquetFile(p).read() for p in (tmp_path / "tree").rglob("*.parquet")}
    hourly, daily = tables[6], tables[1].to_pylist()[0]
    assert hourly.column_names == columns
    assert hourly.column("extra").to_pylist() == [f"x{h}" for h in range(6)]
    assert hourly.column("pod_limit_cpu_core_seconds").to_pylist() == [0] * 6
    assert daily["interval_start"] == datetime.datetime(2025, 11, 1) and daily["extra"] == "x5"
    assert daily["interval_end"] == datetime.datetime(2025, 11, 1, 5, 59)
    assert daily["pod_usage_cpu_core_seconds"] == 15 and daily["node_capacity_cpu_cores"] == 5
    assert daily["pod_effective_usage_cpu_core_seconds"] == 2.5 * 3 + 3 + 4 + 5


def test_anomalies_are_dropped_and_counted(tmp_path, command):
    (tmp_path / "x.csv").write_bytes(pods(1, range(3)) + pods(1, [3, 4], value="1e19").split(b"\n", 1)[1])
    said = convert(tmp_path / "tree", tmp_path / "x.csv")
    assert b"2 rows are anomalies" in said.stdout and used(tmp_path, tmp_path / "tree") == {1: 3}


def test_an_error_leaves_the_tree_as_it_was(layout, tmp_path):
    tree = tmp_path / "tree"
    convert(tree, send(tmp_path / "1.tar.gz", "a", {"a.csv": pods(1, range(3))}, day=1, hours=3), layout=layout)
    before = contents(tree)
    bad = send(tmp_path / "2.tar.gz", "b", {"a.csv": pods(1, range(8)), "b.csv": pods(1, [9], value="many")}, day=1, hours=9)
    done = convert(tree, bad, layout=layout, code=3)
    assert "b.csv: line 2: column 'pod_usage_cpu_core_seconds'" in done.err
    assert contents(tree) == before
    assert [p.name for p in (tree / ".costream-convert").iterdir()] == ["lock"]


@pytest.mark.parametrize("when", range(1, 9))
def test_killed_at_any_rename_or_removal_the_next_conversion_finishes(layout, when, tmp_path):
    """Nothing is in place before the journal is; after it all of it comes, by the next conversion at the latest."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    tree = tmp_path / "tree"
    older = send(tmp_path / "1.tar.gz", "a", {"a.csv": pods(1, range(3)) + pods(2, range(3)).split(b"\n", 1)[1]}, daily_reports=True)
    newer = send(tmp_path / "2.tar.gz", "b", {"a.csv": pods(1, range(5)) + pods(2, range(5)).split(b"\n", 1)[1]}, daily_reports=True)
    convert(tree, older, layout=layout)
    arguments = [str(support.BINARY), "convert", str(newer), "--out", str(tree), "--layout", layout, "--source", support.SOURCE,
                 "--org", "1234567"]
    subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", "trace=rename,unlink", "-e",
                    f"inject=rename,unlink:signal=SIGKILL:when={when}", *arguments], capture_output=True, timeout=60)
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "none.csv").write_bytes(pods(3, []))
    convert(tree, tmp_path / "none.csv", layout=layout)
    assert used(tmp_path, tree) in ({1: 3, 2: 3}, {1: 5, 2: 5})
    assert len(contents(tree)) == 4
    convert(tree, newer, layout=layout)
    assert used(tmp_path, tree) == {1: 5, 2: 5}


def test_the_json_report_says_what_the_table_says(tmp_path, command):
    older, newer = (send(tmp_path / f"{i}.tar.gz", f"u-{i}", {"a.csv": pods(1, range(i))}, day=1, hours=i) for i in (3, 5))
    tree = tmp_path / "tree"
    convert(tree, older)
    (tmp_path / "x.csv").write_bytes(pods(2, range(4)) + pods(2, [5, 6], value="1e19").split(b"\n", 1)[1])
    (tmp_path / "none.csv").write_bytes(b"a,b\n1,2\n")
    said = json.loads(support.costream("convert", newer, tmp_path / "x.csv", tmp_path / "none.csv", "--out", tree, "--source", support.SOURCE,
                                       "--org", "1234567", "--output", "json").stdout)
    superseded = said.pop("superseded")
    assert sorted(file["rows"] for file in superseded) == [1, 3]
    assert all("/2025-11-01.whole.u-3." in file["file"] for file in superseded)
    warning, = said.pop("warnings")
    assert "2 rows are anomalies" in warning
    note, = said.pop("notes")
    assert "1 CSV files are none of the reports" in note
    assert said == {"schema_version": 1, "source_uuid": support.SOURCE, "target": str(tree), "rows": {"hourly": 9, "daily": 2},
                    "files": {"written": 4, "removed": 2},
                    "input": {"reports": 2, "rows_anomalous": 2, "rows_with_replaced_text": 0}}


def test_parquet_is_refused(tmp_path, command):
    convert(tmp_path / "tree", send(tmp_path / "1.tar.gz", "a", {"a.csv": pods(1, range(3))}))
    assert "convert takes payloads and CSV" in convert(tmp_path / "other", tmp_path / "tree", code=2).err
