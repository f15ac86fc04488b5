"""The layout of a partitioned directory, as readers see it."""
import datetime

import pyarrow as pa
import pyarrow.dataset

import month
import support


def test_readers_find_the_partition_columns(command, tmp_path):
    command("run", month.write(tmp_path / "in", 1), *month.MONTH, "--source", "a source/with=signs", "--to",
            f"{tmp_path}/out/")
    table = pa.dataset.dataset(tmp_path / "out", partitioning="hive").to_table()
    found = {tuple(row[c] for c in ("source", "year", "month", "day", "usage_start")) for row in table.to_pylist()}
    assert found == {("a source/with=signs", 2025, 11, day, datetime.date(2025, 11, day)) for day in (1, 2, 3)}


def test_files_have_the_columns_of_a_single_file(command, tmp_path):
    args = ("run", month.write(tmp_path / "in", 1), *month.MONTH, "--source", support.SOURCE, "--measures", "decimal")
    command(*args, "--to", tmp_path / "x.parquet")
    (tmp_path / "out").mkdir()
    command(*args, "--to", tmp_path / "out")  # an existing directory needs no slash
    files = sorted((tmp_path / "out").rglob("*.parquet"))
    assert [str(f.relative_to(tmp_path / "out")) for f in files] == [
        f"source={support.SOURCE}/year=2025/month=11/day={day:02}/summary.parquet" for day in (1, 2, 3)]
    for file in files:
        assert pa.parquet.read_schema(file) == pa.parquet.read_schema(tmp_path / "x.parquet")


def test_a_foreign_file_among_the_days_is_an_error(command, tmp_path):
    args = ("run", month.write(tmp_path / "in", 1), *month.MONTH, "--source", support.SOURCE, "--to", f"{tmp_path}/out/")
    command(*args)
    file = next((tmp_path / "out").rglob("*.parquet"))
    file.rename(file.with_name("part-0.parquet"))
    done = command(*args, code=2)
    assert "part-0.parquet" in done.err


def test_a_directory_without_a_parent_or_below_a_file_is_an_error(command, tmp_path):
    folder = month.write(tmp_path / "in", 1)
    (tmp_path / "file").write_text("")
    for target in ("absent/out/", "file/", "file/out/"):
        done = command("run", folder, *month.MONTH, "--source", support.SOURCE, "--to", f"{tmp_path}/{target}", code=2)
        assert target in done.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "in"]
