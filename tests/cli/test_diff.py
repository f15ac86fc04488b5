"""costream diff."""
import csv
import decimal
import io
import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import support

NAMES = ["file.parquet", "file.csv", "folder/", "sqlite:file.db"]


@pytest.fixture
def mixed(golden, command, tmp_path):
    """One summary in every place: {name: how it is called}."""
    args = ("run", golden / "mixed_202502/csv", "--reference", golden / "mixed_202502/reference.json", "--log-level", "error")
    for name in NAMES:
        command(*args, "--to", name, cwd=tmp_path)
    return lambda *args, code=0: command("diff", *args, code=code, cwd=tmp_path)


@pytest.mark.parametrize("name", support.GOLDEN_NAMES)
def test_golden(golden, command, tmp_path, name):
    command("run", golden / name / "csv", "--reference", golden / name / "reference.json", "--to", f"{tmp_path}/out/")
    done = command("diff", golden / name / "expected.csv", tmp_path / "out")
    assert done.stdout.startswith(b"EQUAL")


def test_all_places_are_equal(mixed):
    for a in NAMES:
        for b in NAMES:
            assert b"EQUAL" in mixed(a, b).stdout


def table_of(tmp_path):
    return pq.read_table(tmp_path / "file.parquet")


def changed(table, column, row, value):
    values = table[column].to_pylist()
    values[row] = value
    return table.set_column(table.column_names.index(column), column, pa.array(values, table.schema.field(column).type))


def test_differences_are_told_by_row_and_column(mixed, tmp_path):
    table = table_of(tmp_path)
    row = next(i for i, r in enumerate(table.to_pylist()) if r["data_source"] == "Pod" and r["pod_usage_cpu_core_hours"])
    usage = table["pod_usage_cpu_core_hours"][row].as_py()
    other = changed(changed(table, "pod_usage_cpu_core_hours", row, usage + 0.5), "cost_category_id", row, 99)
    pq.write_table(other.slice(1) if row else other.slice(0, other.num_rows - 1), tmp_path / "b.parquet")
    done = mixed("file.csv", "b.parquet", "--output", "json", code=4)
    found = json.loads(done.stdout)
    assert not found["equal"] and found["a"]["rows"] == table.num_rows == found["b"]["rows"] + 1
    assert (found["a"]["only_here"], found["b"]["only_here"], found["rows"]) == (1, 0, {"equal": table.num_rows - 2, "differ": 1})
    column = found["columns"]["pod_usage_cpu_core_hours"]
    assert column["rows_that_differ"] == 1 and column["max_absolute"] == pytest.approx(0.5)
    assert found["columns"]["cost_category_id"] == {"rows_that_differ": 1}
    assert {d["difference"] for d in found["differences"]} == {"differs", "only a"}
    differs = next(d for d in found["differences"] if d["difference"] == "differs")
    assert differs["columns"]["cost_category_id"]["b"] == "99"
    assert differs["columns"]["pod_usage_cpu_core_hours"]["b"] == pytest.approx(usage + 0.5)
    assert differs["row"]["node"] == table["node"][row].as_py()

    lines = list(csv.DictReader(io.StringIO(mixed("file.csv", "b.parquet", "--output", "csv", code=4).stdout.decode())))
    assert sorted((line["difference"], line["column"]) for line in lines) == [
        ("differs", "cost_category_id"), ("differs", "pod_usage_cpu_core_hours"), ("only a", "")]

    done = mixed("file.csv", "b.parquet", code=4)
    text = done.stdout.decode()
    assert text.startswith("DIFFERENT") and "cost_category_id:" in text and "only a" in text
    totals = text.partition("\ntotals")[2].partition("\n\n")[0].splitlines()
    assert "  1 rows differ, by at most 0.5, relative" in "\n".join(totals)
    assert len(totals) > 18 and max(map(len, totals)) < 80  # of a terminal
    assert "1 rows with other values, 1 only in a, 0 only in b" in done.err


def test_the_limit_is_of_what_is_shown(mixed, tmp_path):
    pq.write_table(table_of(tmp_path).slice(0, 0), tmp_path / "b.parquet")
    found = json.loads(mixed("file.csv", "b.parquet", "--output", "json", "--limit", "3", code=4).stdout)
    assert len(found["differences"]) == 3 and found["a"]["only_here"] == found["a"]["rows"] > 3
    assert "the first 3 of" in mixed("file.csv", "b.parquet", "--limit", "3", code=4).stdout.decode()


def test_tolerance_and_ignored_columns(mixed, tmp_path):
    table = table_of(tmp_path)
    row = next(i for i, v in enumerate(table["pod_usage_cpu_core_hours"].to_pylist()) if v and v > 0.1)
    usage = table["pod_usage_cpu_core_hours"][row].as_py()
    pq.write_table(changed(table, "pod_usage_cpu_core_hours", row, usage * (1 + 1e-6)), tmp_path / "b.parquet")
    mixed("file.csv", "b.parquet", code=4)
    mixed("file.csv", "b.parquet", "--tolerance", "1e-5")
    mixed("file.csv", "b.parquet", "--ignore", "pod_usage_cpu_core_hours")
    mixed("file.csv", "b.parquet", "--ignore", "no_such_column", code=2)


def test_parquet_of_other_writers_in_any_order(mixed, tmp_path):
    """Days mixed within row groups, timestamps for dates, large strings, decimals, no statistics."""
    table = table_of(tmp_path).sort_by("node").drop_columns(["uuid"])
    for column, kind in {"usage_start": pa.timestamp("us"), "node": pa.large_string(), "cost_category_id": pa.int32(),
                         "namespace": pa.dictionary(pa.int32(), pa.string())}.items():
        table = table.set_column(table.column_names.index(column), column, table[column].cast(kind))
    decimals = [None if v is None else decimal.Decimal(v).quantize(decimal.Decimal("1e-15"))
                for v in table["pod_usage_cpu_core_hours"].to_pylist()]
    table = table.set_column(table.column_names.index("pod_usage_cpu_core_hours"), "pod_usage_cpu_core_hours",
                             pa.array(decimals, pa.decimal128(33, 15)))
    pq.write_table(table, tmp_path / "b.parquet", row_group_size=50, write_statistics=False)
    mixed("file.csv", "b.parquet")
    pq.write_table(table, tmp_path / "b.parquet", row_group_size=50)
    mixed("b.parquet", "sqlite:file.db")


def test_one_source_and_some_days_of_a_database(mixed, golden, command, tmp_path):
    command("run", golden / "ocp_report_1/csv", "--reference", golden / "ocp_report_1/reference.json", "--to", "sqlite:file.db",
            cwd=tmp_path)
    source = table_of(tmp_path)["source_uuid"][0].as_py()
    mixed("file.csv", "sqlite:file.db", code=4)
    mixed("file.csv", "sqlite:file.db", "--source", source)
    shutil.rmtree(next((tmp_path / "folder").rglob("day=03")))
    mixed("file.csv", "folder", code=4)
    mixed("file.csv", "folder", "--end", "2025-02-02")
    mixed("file.csv", "folder", "--start", "2025-02-04")


@pytest.mark.parametrize("name,text,said", [
    ("absent.csv", None, "absent.csv"), ("x.txt", b"", "x.txt"), ("x.csv", b"", "empty"), ("x.csv", b"a,b\n", "usage_start"),
    ("x.csv", b'usage_start,node\n2025-02-01,"\n', "line 2"), ("x.parquet", b"PAR1 broken PAR1", "x.parquet"),
    ("x.db", b"no database " * 100, "not a database"), ("x.db", b"", "no table")])
def test_what_cannot_be_read_is_an_error(mixed, tmp_path, name, text, said):
    if text is not None:
        (tmp_path / name).write_bytes(text)
    done = mixed("file.csv", name, code=2 if name == "x.txt" else 3)
    assert said in done.err and not done.stdout
