"""Every golden directory, from CSV and from Parquet made of it, to CSV and to Parquet, by the shared compare.py."""
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import support


def compare(golden, name, actual):
    done = subprocess.run([sys.executable, str(golden / "compare.py"), str(golden / name / "expected.csv"), str(actual)],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    # compare.py takes an empty CSV field for null or empty alike; here the two must be told apart.
    want = support.split_csv((golden / name / "expected.csv").read_text(encoding="utf-8"))
    header, rows = want[0], want[1:]
    texts = ["namespace", "node", "resource_id", "persistentvolumeclaim", "persistentvolume", "storageclass"]
    index = [header.index(c) for c in texts]
    expected = sorted(repr([None if r[i] == "\\N" else r[i] or "" for i in index]) for r in rows)
    assert expected == sorted(repr([r[c] for c in texts]) for r in support.read_output(actual))


@pytest.fixture(params=support.GOLDEN_NAMES)
def name(request, golden, command):
    return request.param


def test_csv_to_csv(golden, name, tmp_path):
    out = tmp_path / "out.csv"
    support.costream("run", golden / name / "csv", "--reference", golden / name / "reference.json", "--to", out)
    compare(golden, name, out)


def test_csv_to_parquet(golden, name, tmp_path):
    out = tmp_path / "out.parquet"
    support.costream("run", golden / name / "csv", "--reference", golden / name / "reference.json", "--to", out)
    compare(golden, name, out)


@pytest.mark.parametrize("daily", ["made", None], ids=["hourly_and_daily", "hourly"])
def test_parquet_tree_to_csv(golden, name, daily, tmp_path):
    """Daily tables alone would not do: capacity from daily rows is another number where pods come and go."""
    tree = support.write_tree(tmp_path / "tree", support.read_reports(golden / name / "csv"), daily=daily)
    out = tmp_path / "out.csv"
    support.costream("run", tree, "--reference", golden / name / "reference.json", "--to", out)
    compare(golden, name, out)


def test_koku_layout(golden, name, tmp_path):
    tree = support.write_tree(tmp_path / "tree", support.read_reports(golden / name / "csv"), layout="koku")
    out = tmp_path / "out.csv"
    support.costream("run", tree, "--reference", golden / name / "reference.json", "--to", out)
    compare(golden, name, out)


def test_daily_groups_that_stand_in_several_files_are_added(golden, command, tmp_path):
    """A platform makes daily rows file by file; readers add them up."""
    reports = support.read_reports(golden / "mixed_202502/csv")
    tree = support.write_tree(tmp_path / "tree", reports, daily_parts=3)
    out = tmp_path / "out.csv"
    support.costream("run", tree, "--reference", golden / "mixed_202502/reference.json", "--to", out)
    compare(golden, "mixed_202502", out)


def test_decimal_measures(golden, command, tmp_path):
    out = tmp_path / "out.parquet"
    support.costream("run", golden / "mixed_202502/csv", "--reference", golden / "mixed_202502/reference.json",
                     "--to", out, "--measures", "decimal")
    schema = pq.read_schema(out)
    assert {schema.field(c).type for c in support.OUT_MEASURES} == {pa.decimal128(33, 15)}
    compare(golden, "mixed_202502", out)


def test_csv_columns_are_uuid_and_those_of_the_golden_file(golden, command, tmp_path):
    out = tmp_path / "out.csv"
    support.costream("run", golden / "mixed_202502/csv", "--reference", golden / "mixed_202502/reference.json",
                     "--to", out)
    header = out.read_text().splitlines()[0].split(",")
    expected = (golden / "mixed_202502/expected.csv").read_text().splitlines()[0].split(",")
    assert sorted(header) == sorted(["uuid", *expected])
