"""Units one by one: a manifest tells their rows from any others, and locks keep late ones out (src/sink/postgres_staging.h)."""
import contextlib
import threading
import time

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import costream
from conftest import SOURCES, TABLE, reference_file
from costream import _core
from costream._errors import ConfigError, TransientError

SOURCE = SOURCES[0]
DAYS = [("2025-11-01", "2025-11-01"), ("2025-11-02", "2025-11-03")]
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


class Units:
    """A run of one source, of two units."""

    def __init__(self, schema, tree, folder):
        self.schema, self.tree = schema, tree
        self.target = [f"--source={SOURCE}", f"--reference={reference_file(folder)}", f"--to={schema.uri}", f"--schema={schema.name}"]
        self.flags = [*self.target, "--start=2025-11-01", "--end=2025-11-03"]
        self.ids = [number for number, _ in self.open(False)]

    def open(self, resume=True):
        return _core.open_staging(self.flags, "run-1", [(SOURCE, *days, "v") for days in DAYS], resume)

    def states(self):
        return [state for _, state in self.open()]

    def given(self, index):
        return [*self.target, f"--start={DAYS[index][0]}", f"--end={DAYS[index][1]}", "--", str(self.tree / SOURCE)]

    def stage(self, *indices):
        """The manifests' checksums."""
        return [_core.stage(self.given(index), self.ids[index])[1] for index in indices or (0, 1)]

    def replace(self):
        return _core.replace_staged(self.flags, "run-1", 2)

    def staged(self, table="costream_staged_row"):
        return self.schema.sql(f"SELECT count(*), count(DISTINCT uuid) FROM {table}")[0]

    @contextlib.contextmanager
    def locked(self, statement):
        """Others wait meanwhile for what a statement locks."""
        with self.schema.connect() as connection:
            connection.execute(statement)
            yield
            connection.rollback()

    def begin(self, work):
        """Has it done on a thread of its own, which waits for a lock when this returns."""
        waiting = self.schema.sql(WAITING)[0][0]
        begun = Begun(work)
        end = time.monotonic() + 30
        while self.schema.sql(WAITING)[0][0] == waiting:
            assert time.monotonic() < end and begun.thread.is_alive(), begun.error
            time.sleep(0.01)
        return begun


class Begun:
    def __init__(self, work):
        self.result = self.error = None

        def run():
            try:
                self.result = work()
            except Exception as error:
                self.error = error
        self.thread = threading.Thread(target=run)
        self.thread.start()

    def end(self):
        self.thread.join(30)
        assert not self.thread.is_alive()
        if self.error:
            raise self.error
        return self.result


@pytest.fixture
def units(schema, tree, tmp_path):
    return Units(schema, tree, tmp_path)


ROW = "(SELECT ctid FROM costream_staged_row ORDER BY {} LIMIT 1)"
FIRST, LAST = ROW.format("uuid"), ROW.format("uuid DESC")
HARMS = {
    "a measure": f"UPDATE costream_staged_row SET pod_usage_cpu_core_hours = coalesce(pod_usage_cpu_core_hours, 0) + 1e-15 WHERE ctid = {FIRST}",
    "a measure that is lost": "UPDATE costream_staged_row SET node_capacity_cpu_cores = NULL WHERE ctid ="
                              " (SELECT ctid FROM costream_staged_row WHERE node_capacity_cpu_cores IS NOT NULL LIMIT 1)",
    "a row that is lost": f"DELETE FROM costream_staged_row WHERE ctid = {FIRST}",
    "a row twice, another not at all": f"WITH gone AS (DELETE FROM costream_staged_row WHERE ctid = {FIRST})"
                                       f" INSERT INTO costream_staged_row SELECT * FROM costream_staged_row WHERE ctid = {LAST}",
    "a row of another key": f"UPDATE costream_staged_row SET uuid = gen_random_uuid() WHERE ctid = {FIRST}",
    "all of them, as after a crash of the server": "TRUNCATE costream_staged_row",
}


@pytest.mark.parametrize("harm", HARMS)
def test_staged_rows_that_have_changed(units, schema, expected, harm):
    """They replace nothing; the run that is taken up makes them again."""
    schema.run(units.tree / SOURCE, source=SOURCE, end="2025-11-02")
    before = schema.rows()
    units.stage()
    assert units.states() == ["staged", "staged"]
    schema.sql(HARMS[harm])
    with pytest.raises(TransientError, match=rf"staged rows of source {SOURCE}, 2025-11-0[12], are not those .*--resume run-1"):
        units.replace()
    assert schema.rows() == before
    states = units.states()
    assert "planned" in states
    units.stage(*(index for index, state in enumerate(states) if state == "planned"))
    assert units.replace() == len(schema.rows())
    assert schema.rows() == [row for row in expected if SOURCE in row[0] and row[0].split(",")[2] <= "2025-11-03"]


def test_the_checksum_is_that_of_the_task(units, schema, tree):
    """Made from the rows in the task, and found again by SQL; that of a unit from parts is the same."""
    checksums = units.stage()
    of_tables = schema.sql("SELECT checksum::text FROM costream_unit ORDER BY unit")
    assert [text for text, in of_tables] == checksums and len(set(checksums)) == 2
    given = units.given(0)
    without_target = [flag for flag in given if not flag.startswith("--to=")]
    parts = [_core.partial(without_target, part, 3) for part in range(3)]
    assert _core.stage(given[:given.index("--")], units.ids[0], parts)[1] == checksums[0]
    assert units.replace() > 0


def test_a_table_with_fewer_digits(units, schema, tree):
    """Is given what a run without units gives it."""
    for column, in schema.sql("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND atttypid ="
                              " 'numeric'::regtype", f"{schema.name}.{TABLE}"):
        schema.sql(f"ALTER TABLE {TABLE} ALTER {column} TYPE numeric(24,6)")
    schema.run(tree / SOURCE, source=SOURCE, end="2025-11-03")
    rows = schema.rows()
    schema.sql(f"DELETE FROM {TABLE}; DROP TABLE costream_run, costream_unit, costream_staged_row")
    units.ids = [number for number, _ in units.open(False)]
    units.stage()
    units.replace()
    assert schema.rows() == rows


def test_days_of_a_directory_that_have_changed(tree, tmp_path):
    place, target = tmp_path / "unit", f"--to={tmp_path}/out/"
    (tmp_path / "out").mkdir()
    place.mkdir()
    flags = [f"--source={SOURCE}", f"--reference={reference_file(tmp_path)}", "--start=2025-11-01", "--end=2025-11-02"]
    report, checksum = _core.stage([*flags, f"--to={place}/", "--", str(tree / SOURCE)], None)
    rows = sum(costream.run(tree / SOURCE, source=SOURCE, start="2025-11-01", end="2025-11-02").rows.values())
    part = (f"{place}/", "2025-11-01", "2025-11-02", rows, checksum)
    path = next(place.glob("source=*/**/day=02/summary.parquet"))
    whole = pq.ParquetFile(path).read()
    column = whole.schema.get_field_index("pod_usage_cpu_core_hours")
    changed = pc.if_else(pa.array([True, *[False] * (len(whole) - 1)]), 17.0, whole.column(column))
    for harmed in (whole.set_column(column, whole.schema.field(column), changed), whole.slice(1), pa.concat_tables([whole, whole.slice(0, 1)])):
        pq.write_table(harmed, path)
        with pytest.raises(TransientError, match="staged rows are not those that the task has made"):
            _core.replace_by_directories([*flags, target], [part])
        assert not list((tmp_path / "out").rglob("*.parquet"))
    pq.write_table(pc.take(whole, pa.array(range(len(whole)))), path)
    _core.replace_by_directories([*flags, target], [part])
    assert sum(len(pq.ParquetFile(file).read()) for file in (tmp_path / "out").rglob("*.parquet")) == rows


def test_a_unit_that_is_staged_twice_at_once(units):
    """One waits for the other, and its rows stand."""
    with units.locked("LOCK TABLE costream_staged_row IN SHARE MODE"):
        first = units.begin(lambda: units.stage(0))
        second = units.begin(lambda: units.stage(0))
    assert first.end() == second.end()
    rows, different = units.staged()
    assert rows == different > 0


def test_a_replacement_waits_for_what_is_being_staged(units, schema):
    """And then sees it."""
    units.stage(0)
    with units.locked("LOCK TABLE costream_staged_row IN SHARE MODE"):
        staging = units.begin(lambda: units.stage(1))
        replacing = units.begin(units.replace)
    staging.end()
    assert replacing.end() == len(schema.rows()) and units.staged() == (0, 0)


def test_a_twin_that_comes_while_its_unit_is_replaced(units, schema):
    units.stage()
    with units.locked(f"LOCK TABLE {TABLE} IN SHARE ROW EXCLUSIVE MODE"):  # the replacement waits where it deletes, ...
        replacing = units.begin(units.replace)
        units.stage(0)  # ... before it locks the units
    rows = replacing.end()
    with units.locked("SELECT FROM costream_unit FOR UPDATE"):
        twin = units.begin(lambda: units.stage(0))
    with pytest.raises(ConfigError, match="in the summary already"):
        twin.end()
    assert units.replace() == rows == len(schema.rows()) and units.staged() == (0, 0)  # nor does a second driver


def test_a_run_is_closed_behind_what_is_being_staged(units, schema):
    """Nothing of it stays, and what comes later is turned away."""
    with units.locked("LOCK TABLE costream_staged_row IN SHARE MODE"):
        staging = units.begin(lambda: units.stage(0))
        closing = units.begin(lambda: _core.close_staging(units.flags, "run-1"))
    staging.end()
    closing.end()
    assert schema.left_over() == [0, 0, 0]
    with pytest.raises(ConfigError, match="the run of unit .* is closed"):
        units.stage(0)
    with pytest.raises(TransientError, match="0 of 2 units"):
        units.replace()
    with pytest.raises(ConfigError, match="no run run-1 is open"):
        units.open()


def test_units_of_others_are_left_alone(units, schema, tree, tmp_path):
    """Of another source of the run, and of another run of the source."""
    other = [flag.replace(SOURCE, SOURCES[1]) for flag in units.flags]
    (number, _), = _core.open_staging(other, "run-2", [(SOURCES[1], *DAYS[0], "v")], False)
    mine, = _core.open_staging(units.flags, "run-3", [(SOURCE, *DAYS[0], "v")], False)
    given = [flag.replace(SOURCE, SOURCES[1]) for flag in units.given(0)]
    _core.stage(given, number)
    _core.stage(units.given(0), mine[0])
    units.stage()
    rows = units.replace()
    assert rows == len(schema.rows()) and schema.sql("SELECT count(*) FROM costream_unit WHERE rows IS NOT NULL AND NOT replaced") == [(2,)]
    _core.close_staging(units.flags, "run-1")
    assert schema.sql("SELECT run FROM costream_run ORDER BY 1") == [("run-2",), ("run-3",)]
    one_day = ["--end=2025-11-01" if flag.startswith("--end=") else flag for flag in other]
    assert _core.replace_staged(one_day, "run-2", 1) == len(schema.rows()) - rows > 0


def test_more_or_fewer_units_than_the_driver_has(units, schema):
    units.stage()
    for count in (1, 3):
        with pytest.raises(TransientError, match=f"2 of {count} units of source {SOURCE} are staged"):
            _core.replace_staged(units.flags, "run-1", count)
    assert schema.rows() == []


def test_a_resumed_run_does_again_what_has_changed(schema, tree, tmp_path):
    flags = [f"--to={schema.uri}", f"--schema={schema.name}", f"--source={SOURCE}", "--start=2025-11-01", "--end=2025-11-01",
             f"--reference={reference_file(tmp_path)}"]
    units = [(SOURCE, "2025-11-01", "2025-11-01", "v1"), (SOURCE, "2025-11-02", "2025-11-02", "v1"),
             (SOURCES[1], "2025-11-01", "2025-11-01", "v1")]
    opened = _core.open_staging(flags, "run-1", units, False)
    _core.stage([*flags, "--", str(tree / SOURCE)], opened[0][0])
    assert _core.open_staging(flags, "run-1", units, True) == [(opened[0][0], "staged"), *opened[1:]]
    schema.sql("DELETE FROM costream_staged_row")  # as a crash of the server does
    assert [state for _, state in _core.open_staging(flags, "run-1", units, True)] == ["planned"] * 3
    _core.stage([*flags, "--", str(tree / SOURCE)], opened[0][0])
    changed = [(*units[0][:3], "v2"), *units[1:]]
    again = _core.open_staging(flags, "run-1", changed, True)
    assert again[0][0] != opened[0][0] and [state for _, state in again] == ["planned"] * 3 and again[1:] == opened[1:]
    assert schema.left_over() == [1, 3, 0]
    schema.sql("UPDATE costream_run SET opened = now() - interval '25 hours'")
    _core.open_staging(flags, "run-2", units[:1], False)
    assert schema.sql("SELECT run FROM costream_run") == [("run-2",)]  # the dead run is gone
