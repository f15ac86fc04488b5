"""Whatever happens to a run, its server or the way between: the table holds the old rows or the new, and the exit code
says which. COSTREAM_TORTURE=N repeats the random ones N times as often (seed.py)."""
import contextlib
import json
import signal
import subprocess
import threading
import time

import psycopg
import pytest

import support
from faults.seed import TORTURE, dice
from services import postgres
from faults.cutting_proxy import CuttingProxy



@pytest.fixture(scope="module")
def months(tmp_path_factory):
    """Two months of one source with other rows."""
    made = []
    for seed in (1, 2):
        folder = tmp_path_factory.mktemp("month") / "in"
        support.costream("generate", "--rows", 8000, "--seed", seed, "--out", folder)
        made.append(folder)
    return made


def command(schema, folder, *more, uri=None):
    return [str(part) for part in (support.BINARY, "run", folder, "--reference", folder / "reference.json", "--to",
                                   uri or schema.uri, "--schema", schema.name, *more)]


def start(schema, folder, *more, uri=None):
    return subprocess.Popen(command(schema, folder, *more, uri=uri), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            text=True)


def run(schema, folder, *more, code=0, uri=None):
    done = subprocess.run(command(schema, folder, *more, uri=uri), capture_output=True, text=True, timeout=90)
    assert done.returncode == code, done.stderr
    return done.stderr


TOTALS = "SELECT count(*), sum(pod_usage_cpu_core_hours), count(DISTINCT uuid), min(uuid::text) FROM {t}"


@pytest.fixture
def old_and_new(schema, months):
    """The table with the first month's rows, the totals that it has, and those that it has with the second's."""
    schema.init()
    totals = []
    for folder in reversed(months):
        run(schema, folder)
        totals += schema.sql(TOTALS)
    return schema, totals[1], totals[0]


def test_readers_see_the_old_rows_or_the_new(old_and_new, months):
    schema, *both = old_and_new
    seen, stop = [], threading.Event()

    def read():
        with schema.connect() as connection:
            while not stop.is_set():
                seen.append(connection.execute(TOTALS.format(t=schema.table)).fetchone())
    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(50 * max(1, TORTURE)):
        run(schema, months[(number + 1) % 2], *["--truncate", "--yes"] * (number % 5 == 0))
    stop.set()
    for reader in readers:
        reader.join()
    assert set(seen) == set(both)


def test_runs_of_one_source_wait_for_each_other(old_and_new, months):
    schema, *both = old_and_new
    for _ in range(5 * max(1, TORTURE)):
        running = [start(schema, folder) for folder in (*months, *months)]
        for process in running:
            assert process.wait(90) == 0, process.stderr.read()
        assert schema.sql(TOTALS)[0] in both


def lock_of(schema, folder):
    source = json.loads((folder / "reference.json").read_text())["source_uuid"]
    return f"costream {schema.table} {source}".replace(
        "reporting_ocpusagelineitem_daily_summary", '"reporting_ocpusagelineitem_daily_summary"')


def test_a_run_that_waits_says_so_and_can_be_stopped(old_and_new, months):
    schema, old, new = old_and_new
    with schema.connect() as other, other.transaction():
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [lock_of(schema, months[1])])
        waiting, stopped = start(schema, months[1]), start(schema, months[1])
        for process in (waiting, stopped):
            while "waiting for another run" not in process.stderr.readline():
                assert process.poll() is None
        stopped.send_signal(signal.SIGTERM)
        assert stopped.wait(5) == 143 and schema.sql(TOTALS) == [old]
        assert waiting.poll() is None
    assert waiting.wait(30) == 0 and schema.sql(TOTALS) == [new]


def test_kill_9_at_any_instant(old_and_new, months, tally):
    schema, *both = old_and_new
    begun = time.monotonic()
    run(schema, months[0])
    whole, rng, seen = time.monotonic() - begun, dice(), set()
    for number in range(100 * max(1, TORTURE)):
        process = start(schema, months[number % 2])
        time.sleep(rng.uniform(0, 1.1 * whole))
        process.kill()
        process.communicate()
        seen |= set(schema.sql(TOTALS))
        tally()
    assert seen <= set(both)
    for folder, totals in zip(months, both):
        run(schema, folder)
        assert schema.sql(TOTALS) == [totals]


# ---------------------------------------------------------------- the way to the server
class CommitCutter:
    """Cuts at the run's COMMIT: a statement is parsed (P), executed (E: here it is committed) and synchronised (S)."""

    def __init__(self, how, back=True):
        self.how, self.back, self.commits, self.done = how, back, 0, False

    def __call__(self, _, message):
        if self.done:
            return None if self.back else "before"
        self.commits += message[:1] == b"P" and b"COMMIT\0" in message
        at = {"before": b"P", "after": b"E", "answered": b"S"}[self.how]
        self.done = self.commits == 1 and message[:1] == at
        return self.how if self.done else None


def run_cut(schema, folder, cut):
    proxy = CuttingProxy(schema.server.port, cut)
    process = start(schema, folder, uri=schema.uri.replace(str(schema.server.port), str(proxy.port)))
    error = process.communicate(timeout=90)[1]
    proxy.close()
    return process.returncode, error, proxy.messages


@pytest.mark.parametrize("how", ["before", "after", "answered"])
def test_lost_answer_to_commit(old_and_new, months, how):
    schema, old, new = old_and_new
    cut = CommitCutter(how)
    code, error, _ = run_cut(schema, months[1], cut)
    found = schema.sql(TOTALS)[0]
    assert cut.done and (code, found) == {"before": (75, old), "answered": (0, new), "after": (code, [old, new][code == 0])}[how]
    assert code == 0 or (code == 75 and "rolled back" in error), error


@pytest.mark.skipif(not TORTURE, reason="takes the 30 seconds that a run has patience (COSTREAM_TORTURE=1)")
@pytest.mark.parametrize("how", ["before", "answered"])
def test_lost_answer_to_commit_and_no_way_back(old_and_new, months, how):
    schema, *both = old_and_new
    code, error, _ = run_cut(schema, months[1], CommitCutter(how, back=False))
    assert code == 75 and "not known" in error and schema.sql(TOTALS)[0] == both[how == "answered"]


@pytest.mark.parametrize("how", ["before", "after"])
def test_connection_that_breaks_at_any_message(old_and_new, months, tally, how):
    schema, old, new = old_and_new
    number, codes = 0, []
    while True:
        code, error, messages = run_cut(schema, months[1], lambda n, _, at=number: how if n == at else None)
        codes.append(code)
        tally()
        found = schema.sql(TOTALS)[0]
        assert (code, found) in [(0, new), (75, old)], f"cut {how} message {number}: {error}"
        if messages <= number:
            break
        if found == new:
            run(schema, months[0])
        number += 1 if number < 25 or TORTURE else 7  # in the middle of COPY one is like another
    assert number > 25 and codes.count(75) > 15


# ---------------------------------------------------------------- the server
def trigger(schema, when, body, deferred=False):
    schema.sql(f"CREATE FUNCTION {{s}}.trip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$")
    if deferred:
        schema.sql("CREATE CONSTRAINT TRIGGER trip AFTER INSERT ON {t} DEFERRABLE INITIALLY DEFERRED"
                   " FOR EACH ROW EXECUTE FUNCTION {s}.trip()")
    else:
        schema.sql(f"CREATE TRIGGER trip {when} ON {{t}} FOR EACH STATEMENT EXECUTE FUNCTION {{s}}.trip()")


PLACES = [("BEFORE DELETE", False), ("AFTER DELETE", False), ("BEFORE INSERT", False), ("AFTER INSERT", False), ("", True)]
NAMES = ["before delete", "after delete", "before copy", "after copy", "at commit"]


@pytest.mark.parametrize("when, deferred", PLACES, ids=NAMES)
def test_backend_that_is_terminated(old_and_new, months, when, deferred):
    schema, old, _ = old_and_new
    trigger(schema, when, "PERFORM pg_terminate_backend(pg_backend_pid())", deferred)
    run(schema, months[1], code=75)
    assert schema.sql(TOTALS) == [old]


@pytest.mark.parametrize("state, code", [("40001", 75), ("40P01", 75), ("53100", 75), ("53200", 75), ("55P03", 75),
                                         ("57014", 75), ("58030", 75), ("P0001", 2), ("22003", 2), ("42501", 2),
                                         ("23505", 2)])
@pytest.mark.parametrize("when, deferred", [PLACES[0], PLACES[2], PLACES[4]], ids=[NAMES[0], NAMES[2], NAMES[4]])
def test_errors_of_the_server(old_and_new, months, when, deferred, state, code):
    schema, old, _ = old_and_new
    trigger(schema, when, f"RAISE EXCEPTION 'it went wrong' USING ERRCODE = '{state}'", deferred)
    error = run(schema, months[1], code=code)
    assert "it went wrong" in error and state in error
    assert schema.sql(TOTALS) == [old]


@pytest.mark.parametrize("setting", ["lock_timeout=100ms", "statement_timeout=300ms"])
def test_rows_that_another_transaction_holds(old_and_new, months, setting):
    schema, old, new = old_and_new
    with schema.connect() as other, other.transaction():
        other.execute(f"SELECT FROM {schema.table} LIMIT 1 FOR UPDATE")
        error = run(schema, months[1], uri=f"{schema.uri}?options=-c%20{setting.replace('=', '%3D')}", code=75)
        assert "timeout" in error
        waiting = start(schema, months[1])
        time.sleep(0.5)
        assert waiting.poll() is None and schema.sql(TOTALS) == [old]
    assert waiting.wait(30) == 0 and schema.sql(TOTALS) == [new]


def test_deadlock(old_and_new, months):
    """Another transaction has rows that the run waits for, and then waits for the table that the run has."""
    schema, old, new = old_and_new
    with schema.connect() as other:
        with contextlib.suppress(psycopg.errors.DeadlockDetected):  # one of the two is told so
            with other.transaction():
                other.execute(f"SELECT FROM {schema.table} LIMIT 1 FOR UPDATE")
                process = start(schema, months[1])
                waits = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'costream' AND wait_event_type = 'Lock'"
                while schema.sql(waits) == [(0,)]:
                    assert process.poll() is None
                    time.sleep(0.02)
                other.execute(f"LOCK TABLE {schema.table} IN ACCESS EXCLUSIVE MODE")
    said = process.communicate(timeout=60)[1]
    found = schema.sql(TOTALS)
    assert (process.returncode, found) == (0, [new]) or (process.returncode, found) == (75, [old]) and "40P01" in said, said


def test_default_isolation_of_a_role_changes_nothing(old_and_new, months):
    schema, *both = old_and_new
    uri = schema.uri + "?options=-c%20default_transaction_isolation%3Dserializable"
    running = [start(schema, folder, uri=uri) for folder in (*months, *months)]
    for process in running:
        assert process.wait(90) == 0, process.stderr.read()
    assert schema.sql(TOTALS)[0] in both


@pytest.mark.parametrize("when", ["BEFORE DELETE", "BEFORE INSERT", "AFTER INSERT"])
def test_a_stopped_run_changes_nothing_and_leaves_no_lock(old_and_new, months, when):
    schema, old, new = old_and_new
    trigger(schema, when, "PERFORM pg_sleep(60)")
    process = start(schema, months[1])
    busy = ("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'costream' AND wait_event = 'PgSleep'")
    while schema.sql(busy) == [(0,)]:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 143 and schema.sql(TOTALS) == [old]
    schema.sql("DROP TRIGGER trip ON {t}")  # waits for what is left of the run
    run(schema, months[1])
    assert schema.sql(TOTALS) == [new]


def test_server_that_is_stopped_during_a_run(months, tmp_path):
    server = postgres.Server(["fsync = on"])
    try:
        support.costream("init-db", server.uri)
        arguments = ["--reference", months[0] / "reference.json", "--to", server.uri]
        support.costream("run", months[0], *arguments)
        with psycopg.connect(server.uri, autocommit=True) as connection:
            query = "SELECT md5(string_agg(t::text, '' ORDER BY uuid)) FROM reporting_ocpusagelineitem_daily_summary t"
            before = connection.execute(query).fetchone()
            connection.execute("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60);"
                               " RETURN NULL; END $$")
            connection.execute("CREATE TRIGGER slow BEFORE INSERT ON reporting_ocpusagelineitem_daily_summary"
                               " FOR EACH STATEMENT EXECUTE FUNCTION slow()")
        process = subprocess.Popen([support.BINARY, "run", months[1], *map(str, arguments)], stderr=subprocess.PIPE)
        time.sleep(1)
        server.stop("immediate")
        assert process.wait(60) == 75, process.stderr.read()
        server.start()
        with psycopg.connect(server.uri) as connection:
            assert connection.execute(query).fetchone() == before
    finally:
        server.close()
