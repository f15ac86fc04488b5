"""What is SQLite's own: the table, types, and rows that others have written into it."""
import contextlib
import sqlite3

import pytest

import month
import support
import targets


@pytest.fixture
def target(tmp_path):
    return targets.Sqlite(tmp_path)


def run(command, target, folder, *args, code=0):
    return command("run", folder, *month.MONTH, "--source", support.SOURCE, "--to", target.to, *args, code=code)


@pytest.mark.parametrize("to", ["sqlite:x", "x.db", "x.sqlite", "sqlite::memory:"])
def test_names(command, tmp_path, to):
    command("run", month.write(tmp_path / "in", 1), *month.MONTH, "--source", support.SOURCE, "--to", to, cwd=tmp_path)
    with contextlib.closing(sqlite3.connect(tmp_path / to.removeprefix("sqlite:"))) as database:
        assert database.execute(f"SELECT count(*) FROM {targets.TABLE}").fetchone() == (9,)


def test_types(command, target, tmp_path):
    run(command, target, month.write(tmp_path / "in", 1), "--report-period-id", "7")
    declared = {row["name"]: row["type"] for row in target.execute(f"PRAGMA table_info({targets.TABLE})")}
    assert list(declared) == support.split_csv(command("run", tmp_path / "in", *month.MONTH, "--source", support.SOURCE,
                                                       "--to", "-").stdout.decode())[0]
    kinds = {**dict.fromkeys(support.OUT_MEASURES, "REAL"), "usage_start": "DATE", "usage_end": "DATE",
             "cost_category_id": "INTEGER", "report_period_id": "INTEGER"}
    assert declared == {name: kinds.get(name, "TEXT") for name in declared}
    row, = target.execute(f"SELECT typeof(uuid) u, length(uuid) n, typeof(usage_start) d, typeof(report_period_id) i, "
                          f"typeof(pod_usage_cpu_core_hours) m, date(usage_start, '+1 day') next FROM {targets.TABLE} LIMIT 1")
    assert row == {"u": "text", "n": 36, "d": "text", "i": "integer", "m": "real", "next": "2025-11-02"}


def test_rows_of_a_cost_model_or_cloud_bill_stay(command, target, tmp_path):
    run(command, target, month.write(tmp_path / "one", 1))
    target.execute(f"ALTER TABLE {targets.TABLE} ADD COLUMN cost_model_rate_type TEXT")
    target.execute(f"ALTER TABLE {targets.TABLE} ADD COLUMN infrastructure_raw_cost")
    columns = ", ".join(["uuid", *support.OUT_KEYS, *support.OUT_MEASURES])
    for rate, cost in (("Infrastructure", None), (None, 1.5), (None, 0), (None, "0.000000000000000")):
        target.execute(f"INSERT INTO {targets.TABLE} ({columns}, cost_model_rate_type, infrastructure_raw_cost) SELECT {columns}, "
                       f"?, ? FROM {targets.TABLE} WHERE usage_start = '2025-11-02' AND data_source = 'Storage' AND "
                       "cost_model_rate_type IS NULL AND infrastructure_raw_cost IS NULL", (rate, cost))
    run(command, target, month.write(tmp_path / "two", 2))
    stay = target.execute(f"SELECT cost_model_rate_type r, infrastructure_raw_cost c FROM {targets.TABLE} "
                          "WHERE persistentvolumeclaim_capacity_gigabyte = 1")
    assert stay == [{"r": "Infrastructure", "c": None}, {"r": None, "c": 1.5}]
    target.execute(f"DELETE FROM {targets.TABLE} WHERE persistentvolumeclaim_capacity_gigabyte = 1")
    assert month.versions(target.rows()) == month.all_of(2)


def test_other_tables_stay(command, target, tmp_path):
    target.execute("CREATE TABLE mine (x)")
    run(command, target, month.write(tmp_path / "in", 1))
    assert target.execute("SELECT * FROM mine") == [] and len(target.rows()) == 9


def test_a_table_without_our_columns_is_an_error(command, target, tmp_path):
    target.execute(f"CREATE TABLE {targets.TABLE} (uuid, source_uuid)")
    before = target.state()
    done = run(command, target, month.write(tmp_path / "in", 1), code=2)
    assert "data_source" in done.err and target.state() == before


def test_a_file_that_is_no_database_is_an_error(command, target, tmp_path):
    target.path.write_bytes(b"no database " * 1000)
    done = run(command, target, month.write(tmp_path / "in", 1), code=2)
    assert "not a database" in done.err and target.path.read_bytes() == b"no database " * 1000


def test_a_table_without_one_of_the_columns_is_an_error(command, target, tmp_path):
    rows = month.write(tmp_path / "in", 1)
    run(command, target, rows)
    with contextlib.closing(sqlite3.connect(target.path)) as database:
        database.execute(f"ALTER TABLE {targets.TABLE} DROP COLUMN cluster_alias")
    assert "has no column cluster_alias" in run(command, target, rows, code=2).err


@pytest.mark.parametrize("to", ["sqlite:absent/x.db", "absent/x.db"])
def test_a_missing_folder_is_an_error(command, tmp_path, to):
    done = command("run", month.write(tmp_path / "in", 1), *month.MONTH, "--source", support.SOURCE, "--to", to, code=2,
                   cwd=tmp_path)
    assert "does not exist" in done.err


def test_a_failed_run_removes_only_a_database_that_it_made(command, target, tmp_path):
    """One that waits for the lock of a run that fails must not write into the file that this one removes."""
    folder = month.write(tmp_path / "in", 1)
    path = folder / "pod_usage.csv"
    good = path.read_text()
    path.write_text(good + good.splitlines()[-1].replace("3600.0", "no number") + "\n")
    run(command, target, folder, code=3)
    assert not target.path.exists()
    target.path.write_bytes(b"")
    run(command, target, folder, code=3)
    assert target.path.read_bytes() == b""


def test_a_reader_sees_old_rows_until_they_are_replaced(command, target, tmp_path):
    run(command, target, month.write(tmp_path / "one", 1))
    with contextlib.closing(sqlite3.connect(target.path, isolation_level=None)) as reader:
        reader.execute("PRAGMA journal_mode=wal")
        reader.execute("BEGIN")
        count = f"SELECT count(*) FROM {targets.TABLE} WHERE pod_usage_cpu_core_hours = 1"
        assert reader.execute(count).fetchone() == (3,)
        run(command, target, month.write(tmp_path / "two", 2))
        assert reader.execute(count).fetchone() == (3,)
        reader.execute("COMMIT")
        assert reader.execute(count).fetchone() == (0,)
