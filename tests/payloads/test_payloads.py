"""What a manifest says, which payload of a day counts, and how a run tells of it."""
import datetime
import json

import pyarrow.parquet as pq
import pytest

import support

HOUR = datetime.timedelta(hours=1)


def pods(day, hours, value=3600.0, pod="p"):
    """CSV text of a pod that uses a core through these hours of a day of November 2025."""
    rows = [{**dict.fromkeys(support.COLUMNS["pod"], ""), "interval_start": datetime.datetime(2025, 11, day, hour),
             "namespace": "shop", "node": "n", "pod": pod, "pod_usage_cpu_core_seconds": value} for hour in hours]
    return support.csv_text(rows, support.COLUMNS["pod"])


def send(path, uuid, files, day=None, hours=None, **more):
    """A payload; with a day it is a daily one that covers so many hours of it."""
    if day:
        start = datetime.datetime(2025, 11, day)
        more = {"daily_reports": True, "start": f"{start.isoformat()}Z", "end": f"{(start + hours * HOUR).isoformat()}Z",
                **more}
    return support.write_payload(path, support.manifest_of(uuid, files, **more), files)


def run(tmp_path, *inputs, code=0, month="2025-11"):
    """Used core-hours by day, and the closing report."""
    out = tmp_path / "out.csv"
    done = support.costream("run", *inputs, "--source", support.SOURCE, *(["--month", month] if month else []), "--to", out,
                            "--output", "json", code=code)
    if code:
        return done.err
    used = {}
    for row in support.read_output(out):
        if row["kind"] == "Pod":
            day = int(row["usage_start"][-2:])
            used[day] = used.get(day, 0) + row["pod_usage_cpu_core_hours"]
    return used, json.loads(done.stdout)


def test_the_manifest_gives_cluster_and_month(command, tmp_path):
    path = send(tmp_path / "a.tar.gz", "u", {"a.csv": pods(3, range(2))}, day=3, hours=24)
    used, report = run(tmp_path, path, month=None)
    assert used == {3: 2}
    assert (report["cluster_id"], report["month"]) == ("golden-cluster", "2025-11")
    assert {r["cluster_id"] for r in support.read_output(tmp_path / "out.csv")} == {"golden-cluster"}


def test_flags_beat_the_manifest(command, tmp_path):
    path = send(tmp_path / "a.tar.gz", "u", {"a.csv": pods(3, range(2))}, day=3, hours=24)
    done = support.costream("run", path, "--source", support.SOURCE, "--cluster-id", "mine", "--output", "json")
    report = json.loads(done.stdout)
    assert report["cluster_id"] == "mine" and any("golden-cluster" in w for w in report["warnings"])


def test_a_manifest_without_start_and_end_gives_no_month(command, tmp_path):
    path = send(tmp_path / "a.tar.gz", "u", {"a.csv": pods(3, range(2))})
    done = support.costream("run", path, "--source", support.SOURCE, code=2)
    assert "--month" in done.err


def test_a_payload_that_spans_months_gives_the_month_that_is_asked_for(command, tmp_path):
    text = pods(1, range(3)) + pods(1, range(24)).split(b"\n", 1)[1].replace(b"2025-11-01", b"2025-10-31")
    path = send(tmp_path / "a.tar.gz", "u", {"a.csv": text}, start="2025-10-31T00:00:00Z", end="2025-11-02T00:00:00Z")
    done = support.costream("run", path, "--source", support.SOURCE, code=2)
    assert "2025-10, 2025-11" in done.err and "--month" in done.err
    assert run(tmp_path, path)[0] == {1: 3}
    assert run(tmp_path, path, month="2025-10")[0] == {31: 24}


def test_payloads_of_two_clusters_are_not_added_up(command, tmp_path):
    send(tmp_path / "in/a.tar.gz", "u1", {"a.csv": pods(1, range(2))}, cluster_id="one")
    send(tmp_path / "in/b.tar.gz", "u2", {"a.csv": pods(1, range(5))}, cluster_id="two")
    done = support.costream("run", tmp_path / "in", "--source", support.SOURCE, "--month", "2025-11", code=2)
    assert "one, two" in done.err and "--cluster-id" in done.err
    done = support.costream("run", tmp_path / "in", "--source", support.SOURCE, "--month", "2025-11", "--cluster-id", "two",
                            "--to", tmp_path / "out.csv")
    assert {r["pod_usage_cpu_core_hours"] for r in support.read_output(tmp_path / "out.csv") if r["kind"] == "Pod"} == {5}


def test_errors_name_archive_member_line_and_column(command, tmp_path):
    text = pods(1, range(4)).replace(b"2025-11-01 02:00:00 +0000 UTC", b"soon")
    path = send(tmp_path / "a.tar.gz", "u", {"x.csv": b"", "pods.csv": text})
    assert f"{path}:pods.csv: line 4: column 'interval_start'" in run(tmp_path, path, code=3)


def test_split_tarballs_are_one_payload(command, tmp_path):
    files = {"1.csv": pods(1, range(3)), "2.csv": pods(1, range(3, 5))}
    manifest = support.manifest_of("u", [*files, "3.csv"])
    support.write_payload(tmp_path / "in/1.tar.gz", manifest, {"1.csv": files["1.csv"]})
    support.write_payload(tmp_path / "in/2.tar.gz", manifest, {"2.csv": files["2.csv"]})
    support.write_payload(tmp_path / "in/3.tar.gz", manifest, {"1.csv": files["1.csv"]})
    used, report = run(tmp_path, tmp_path / "in")
    assert used == {1: 5}
    assert any("3.csv" in w and "payload u" in w for w in report["warnings"])
    assert any("more than once" in w for w in report["warnings"])


def test_payloads_and_csvs_add_up(command, tmp_path):
    (tmp_path / "x.csv").write_bytes(pods(1, range(7), pod="other"))
    path = send(tmp_path / "a.tar.gz", "u", {"a.csv": pods(1, range(3))}, day=1, hours=3)
    assert run(tmp_path, path, tmp_path / "x.csv")[0] == {1: 10}


def test_the_payload_with_most_hours_of_a_day_counts_and_others_are_told(command, tmp_path):
    first = send(tmp_path / "1.tar.gz", "z", {"a.csv": pods(1, range(6)), "b.csv": pods(2, range(1))}, day=1, hours=6)
    second = send(tmp_path / "2.tar.gz", "a", {"a.csv": pods(1, range(12)), "empty.csv": pods(1, [])}, day=1, hours=12)
    for paths in ([first, second], [second, first]):
        used, report = run(tmp_path, *paths)
        assert used == {1: 12, 2: 1}
        assert report["superseded"] == [{"file": f"{first}:a.csv", "rows": 6}]
    table = support.costream("run", first, second, "--source", support.SOURCE, "--month", "2025-11")
    assert b"superseded      6 rows of 1 files" in table.stdout and "1.tar.gz:a.csv" in table.err


def test_hours_are_the_manifests_not_the_rows(command, tmp_path):
    first = send(tmp_path / "1.tar.gz", "a", {"a.csv": pods(1, range(2))}, day=1, hours=12)
    second = send(tmp_path / "2.tar.gz", "b", {"a.csv": pods(1, range(9))}, day=1, hours=11)
    assert run(tmp_path, first, second)[0] == {1: 2}


def test_without_start_and_end_the_distinct_hours_of_all_its_files_count(command, tmp_path):
    first = send(tmp_path / "1.tar.gz", "a", {"a.csv": pods(1, range(4)), "b.csv": pods(1, range(4, 8))}, daily_reports=True)
    second = send(tmp_path / "2.tar.gz", "b", {"a.csv": pods(1, range(7)), "b.csv": pods(1, range(7))}, daily_reports=True)
    assert run(tmp_path, first, second)[0] == {1: 8}


@pytest.mark.parametrize("first, second", [({"date": "2025-11-02T00:00:01Z"}, {"date": "2025-11-02T00:00:00Z"}), ({}, {})],
                         ids=["later_date", "larger_uuid"])
def test_of_equal_hours_the_later_date_then_the_larger_uuid_counts(command, tmp_path, first, second):
    winner, loser = ("a", "b") if first else ("b", "a")
    send(tmp_path / "in/1.tar.gz", winner, {"a.csv": pods(1, range(3))}, day=1, hours=6, **first)
    send(tmp_path / "in/2.tar.gz", loser, {"a.csv": pods(1, range(5))}, day=1, hours=6, **second)
    assert run(tmp_path, tmp_path / "in")[0] == {1: 3}


def test_additive_payloads_add_up_but_not_to_a_daily_one(command, tmp_path):
    send(tmp_path / "in/1.tar.gz", "a", {"a.csv": pods(1, range(3)) + pods(2, range(4)).split(b"\n", 1)[1]})
    send(tmp_path / "in/2.tar.gz", "b", {"a.csv": pods(1, range(3, 5))})
    send(tmp_path / "in/3.tar.gz", "b", {"a.csv": pods(1, range(3, 5))})
    assert run(tmp_path, tmp_path / "in")[0] == {1: 5, 2: 4}
    send(tmp_path / "in/4.tar.gz", "c", {"a.csv": pods(1, range(2))}, day=1, hours=2)
    used, report = run(tmp_path, tmp_path / "in")
    assert used == {1: 2, 2: 4}
    assert sorted(s["rows"] for s in report["superseded"]) == [2, 3]


def write_table(path, day, hours, metadata):
    table = support.table_of([{"interval_start": datetime.datetime(2025, 11, day, h), "namespace": "shop", "node": "n",
                               "pod": "p", **{c: 3600.0 for c in support.MEASURES["pod"]}} for h in hours],
                             ["interval_start", "namespace", "node", "pod", *support.MEASURES["pod"]])
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table.replace_schema_metadata(metadata), path)


def test_parquet_files_tell_by_their_metadata(command, tmp_path):
    folder = tmp_path / f"data/org/OCP/source={support.SOURCE}/year=2025/month=11/day=01" / support.TABLES["pod"]

    def told(manifest, hours, day=1):
        return {"manifestid": manifest, "reportdatestart": f"2025-11-0{day}", "reportnumhours": str(hours)}
    write_table(folder / "a.parquet", 1, range(4), told("9", 8))
    write_table(folder / "b.parquet", 1, range(5), told("10", 8))
    write_table(folder / "c.parquet", 1, range(5, 8), told("10", 8))
    write_table(folder / "d.parquet", 1, range(20), told("99", 7))
    write_table(folder / "e.parquet", 2, range(6), told("1", 6, day=2))
    used, report = run(tmp_path, tmp_path / "data")
    assert used == {1: 8, 2: 6}
    assert [(s["file"][-9:], s["rows"]) for s in report["superseded"]] == [("a.parquet", 4), ("d.parquet", 20)]
    write_table(folder / "f.parquet", 1, range(8, 10), {"manifestid": "1"})
    assert run(tmp_path, tmp_path / "data")[0] == {1: 10, 2: 6}


def test_superseded_rows_may_hold_anything_but_their_time(command, tmp_path):
    first = send(tmp_path / "1.tar.gz", "a", {"a.csv": pods(1, range(6), value="1e19")}, day=1, hours=6)
    second = send(tmp_path / "2.tar.gz", "b", {"a.csv": pods(1, range(7))}, day=1, hours=7)
    used, report = run(tmp_path, first, second)
    assert used == {1: 7} and report["input"]["rows_anomalous"] == 0
