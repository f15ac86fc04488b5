"""Every golden directory, from CSV and from Parquet made of it, to CSV and to Parquet, by the shared compare.py."""
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import support
from support import compare_golden as compare


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
