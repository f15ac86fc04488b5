"""Workers, nodes and drivers that die at any time: exact rows in the end, none twice; a source whole or unchanged.

A task is held by a lock on its unit's row, so that what happens to it happens in its middle.
"""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
import ray
from ray.cluster_utils import Cluster

import costream
from conftest import DAYS, SOURCES, reference_file
from faults.cutting_proxy import CuttingProxy

WITHIN = 60


def wait_for(what, seconds=WITHIN):
    """What `what` returns, once that is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen")


class Held:
    """The first unit that is not staged yet, as soon as there is one of them; of `source`, if one is named."""

    def __init__(self, schema, source=None):
        self.connection = schema.connect()
        where = "rows IS NULL" + (" AND source = %s" if source else "")

        def lock():
            with contextlib.suppress(Exception):
                found = self.connection.execute(
                    f"SELECT unit FROM costream_unit WHERE {where} ORDER BY unit LIMIT 1 FOR UPDATE SKIP LOCKED",
                    [source] if source else []).fetchone()
                if found:
                    return found
            self.connection.rollback()
            return None
        self.unit, = wait_for(lock)
        self.schema = schema

    def pids(self):
        """The workers that wait for it. The server does not notice those that died: they wait in front of others."""
        waiting = self.schema.sql("SELECT client_port FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return [pid for port, in waiting if (pid := pid_of_port(port))]

    def release(self):
        self.connection.rollback()
        self.connection.close()


def pid_of_port(port):
    """The process on the other end of a connection to the server."""
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].split(":")[1], 16) == port:
            inode = f"socket:[{fields[9]}]"
            for link in pathlib.Path("/proc").glob("[0-9]*/fd/*"):
                with contextlib.suppress(OSError):
                    if os.readlink(link) == inode:
                        return int(link.parts[2])
    return None


class Running:
    """A run on a thread of its own."""

    def __init__(self, schema, *args, **options):
        self.result = self.error = None

        def run():
            try:
                self.result = schema.run(*args, **options)
            except Exception as error:
                self.error = error
        self.thread = threading.Thread(target=run)
        self.thread.start()

    def end(self):
        self.thread.join(WITHIN)
        assert not self.thread.is_alive()
        if self.error:
            raise self.error
        return self.result.report


@pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGKILL])
def test_a_worker_that_dies_in_a_task(schema, tree, expected, local_ray, no_delay, how):
    running = Running(schema, tree, engine="ray", all_sources=True)
    held = Held(schema)
    pid, = wait_for(held.pids)
    os.kill(pid, how)
    wait_for(lambda: [other for other in held.pids() if other != pid])  # the second attempt
    held.release()
    report = running.end()
    assert schema.rows() == expected and schema.left_over() == [0, 0, 0]
    assert sorted(unit["attempts"] for unit in report["units"]) == [1] * 199 + [2]


def test_a_unit_that_kills_each_worker(schema, tree, expected, local_ray, no_delay):
    """Three attempts; its source is as it was, the others are done; the run is resumed when the cause is gone."""
    poisoned = SOURCES[3]
    schema.run(tree / poisoned, source=poisoned, end="2025-11-02")
    rows = schema.rows()
    running = Running(schema, tree, engine="ray", source=SOURCES[2:6])
    held = Held(schema, poisoned)
    killed = set()
    for _ in range(3):
        pid, = wait_for(lambda: set(held.pids()) - killed)
        killed.add(pid)
        os.kill(pid, signal.SIGSEGV)
    with pytest.raises(costream.InternalError, match="1 of 4 sources failed: " + poisoned) as raised:
        running.end()
    held.release()
    report = raised.value.report
    assert report["done"] == 3 and report["exit_code"] == 1
    failed, = [source for source in report["sources"] if source["outcome"] == "failed"]
    assert failed["source_uuid"] == poisoned and failed["unit"].startswith("2025-11-") and "each of 3 attempts" in failed["error"]
    assert [unit["attempts"] for unit in report["units"] if unit["outcome"] == "failed"] == [3]
    of = [row for row in expected if any(source in row[0] for source in SOURCES[2:6])]
    assert schema.rows() == [row for row in of if poisoned not in row[0] or row in rows] and set(rows) < set(of)
    report = schema.run(tree, engine="ray", source=SOURCES[2:6], resume=report["run"]).report
    assert schema.rows() == of and schema.left_over() == [0, 0, 0]
    done = {source["source_uuid"]: source["units_staged_before"] for source in report["sources"]}
    assert {done[source] for source in SOURCES[2:6] if source != poisoned} == {10}


def test_a_file_that_cannot_be_read(schema, tree, expected, tmp_path, no_delay):
    """Not tried again: it would be the same."""
    broken = tmp_path / "tree"
    for source in SOURCES[:2]:
        shutil.copytree(tree / source, broken, dirs_exist_ok=True)
    path = next(broken.glob(f"data/*/OCP/source={SOURCES[1]}/year=2025/month=11/day=04/openshift_pod_usage_line_items/*.parquet"))
    data = bytearray(path.read_bytes())
    data[4:2000] = b"\xff" * 1996
    path.write_bytes(data)
    with pytest.raises(costream.InputError) as raised:
        schema.run(broken, engine="local", source=SOURCES[:2])
    failed, = [source for source in raised.value.report["sources"] if source["outcome"] == "failed"]
    assert failed["unit"] == "2025-11-04 to 2025-11-04" and "day=04" in failed["error"] and failed["exit_code"] == 3
    assert [unit["attempts"] for unit in raised.value.report["units"] if unit["outcome"] == "failed"] == [1]
    assert schema.rows() == [row for row in expected if SOURCES[0] in row[0]]


def test_a_node_that_goes(schema, tree, expected, no_delay):
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": 80 << 20,
                                                            "include_dashboard": False})
    try:
        ray.init(cluster.address, log_to_driver=False, logging_level="ERROR")
        node = cluster.add_node(num_cpus=1, object_store_memory=80 << 20)
        running = Running(schema, tree, engine="ray", source=SOURCES[:6], unit_rows=100)
        held = [Held(schema), Held(schema)]
        wait_for(lambda: len(set(held[0].pids())) == 2)  # one on each node
        cluster.remove_node(node, allow_graceful=False)
        for one in held:
            one.release()
        report = running.end()
        assert max(unit["attempts"] for unit in report["units"]) == 2
    finally:
        ray.shutdown()
        cluster.shutdown()
    assert schema.rows() == [row for row in expected if any(source in row[0] for source in SOURCES[:6])]
    assert schema.left_over() == [0, 0, 0]


@pytest.mark.parametrize("how, code", [(signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_driver_that_is_stopped_and_its_run_resumed(schema, tree, expected, tmp_path, how, code):
    command = [str(part) for part in (
        sys.executable, "-m", "costream", "run", tree, "--engine", "ray", "--source", ",".join(SOURCES[:5]), "--start", DAYS["start"],
        "--end", DAYS["end"], "--reference", reference_file(tmp_path), "--to", schema.uri, "--schema", schema.name)]
    with open(tmp_path / "said", "wb") as said:
        driver = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
    held = Held(schema, SOURCES[3])
    wait_for(held.pids)
    pid, = held.pids()
    driver.send_signal(how)
    assert driver.wait(WITHIN) == code
    assert how == signal.SIGKILL or "stopped by a signal" in (tmp_path / "said").read_text()
    run, = schema.sql("SELECT run FROM costream_run")[0]
    staged = schema.sql("SELECT count(*) FROM costream_unit WHERE rows IS NOT NULL")[0][0]
    assert 10 < staged < 50
    wait_for(lambda: not pathlib.Path(f"/proc/{pid}").exists())  # Ray goes with the driver that has started it
    held.release()
    report = schema.run(tree, engine="local", source=SOURCES[:5], resume=run).report
    assert schema.rows() == [row for row in expected if any(source in row[0] for source in SOURCES[:5])] and schema.left_over() == [0, 0, 0]
    assert sum(source["units_staged_before"] for source in report["sources"]) == staged and report["run"] == run


@pytest.fixture
def messages(schema, tree):
    """The types of all messages that a run sends to the server, COMMIT as one of its own."""
    seen = []
    proxy = CuttingProxy(schema.server.port, lambda number, message: seen.append(b"COMMIT" if b"COMMIT\0" in message else message[:1]))
    schema.run(tree / SOURCES[0], uri=through(schema, proxy), **ONE_DAY)
    proxy.close()
    return seen


ONE_DAY = {"source": SOURCES[0], "engine": "local", "end": "2025-11-01"}


def through(schema, proxy):
    return schema.uri.replace(f":{schema.server.port}/", f":{proxy.port}/")


def test_connections_that_break(schema, tree, expected, no_delay, messages):
    """At messages all over a run, before and after they arrive; and where the answer to the last COMMIT but one, that of the
    replacement, is lost. All is tried again, and exact in the end."""
    rows = [row for row in expected if SOURCES[0] in row[0] and ",2025-11-01,2025-11-01," in row[0]]
    points = [(at, ("before", "after")[index % 2]) for index, at in enumerate(range(0, len(messages), len(messages) // 30))]
    commits = [at for at, message in enumerate(messages) if message == b"COMMIT"]
    assert len(commits) == 5  # of reading reference data, open, stage, replace, close
    for point in [*points, (commits[3], "answered")]:
        proxy = CuttingProxy(schema.server.port, lambda number, message: point[1] if number == point[0] else None)
        schema.sql("DELETE FROM reporting_ocpusagelineitem_daily_summary")
        try:
            schema.run(tree / SOURCES[0], uri=through(schema, proxy), **ONE_DAY)
        finally:
            proxy.close()
        assert schema.rows() == rows, point
    assert schema.left_over()[2] == 0
