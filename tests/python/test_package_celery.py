"""The Celery recipe (examples/celery_tasks.py): a real Redis, a real worker, a real PostgreSQL."""
import json
import os
import shutil
import subprocess
import sys
import time

import psycopg
import pytest
import redis

import costream
import support
from services import postgres

EXAMPLES = support.ROOT / "examples"


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """The URL of a Redis of our own."""
    port = postgres.free_port()
    server = subprocess.Popen([shutil.which("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "",
                               "--dir", tmp_path_factory.mktemp("redis")], stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    for _ in range(100):
        try:
            client.ping()
            break
        except redis.ConnectionError:
            time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait(10)


@pytest.fixture(scope="module")
def database():
    if postgres.binaries() is None:
        support.absent("no PostgreSQL (tools/bootstrap.sh installs it)")
    server = postgres.Server()
    command = [sys.executable, "-m", "costream", "init-db", server.uri, "--schema", "org1234567"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def tasks(broker, database, month):
    """The module of the task, with a worker that runs it."""
    os.environ.update(CELERY_BROKER_URL=broker, CELERY_RESULT_BACKEND=broker, COSTREAM_TARGET=database.uri,
                      COSTREAM_RETRY_SECONDS="0",
                      COSTREAM_INPUT=str(month / "data/{org_id}/OCP/source={provider_uuid}/year={year}/month={month:02}"))
    sys.path.insert(0, str(EXAMPLES))
    worker = subprocess.Popen([sys.executable, "-m", "celery", "-A", "celery_tasks", "worker", "--concurrency", "2",
                               "--loglevel", "WARNING"], cwd=EXAMPLES)
    import celery_tasks
    yield celery_tasks
    worker.terminate()
    worker.wait(30)


def rows_in(database):
    with psycopg.connect(database.uri) as connection:
        query = ("SELECT count(*), count(DISTINCT uuid), sum(pod_usage_cpu_core_hours) FILTER (WHERE pod_labels IS NOT NULL) "
                 "FROM org1234567.reporting_ocpusagelineitem_daily_summary")
        return connection.execute(query).fetchone()


def test_a_task_delivered_again_and_again_leaves_the_rows_of_one(tasks, database, month):
    source = json.loads((month / "reference.json").read_text(encoding="utf-8"))["source_uuid"]
    call = ("org1234567", source, "2025", "11", "my-cluster")
    rows = tasks.summarize.delay(*call).get(timeout=90)
    first = rows_in(database)
    assert first[0] == first[1] == sum(rows.values()) > 0
    results = [tasks.summarize.apply_async(call, task_id="the-same") for _ in range(2)] + [tasks.summarize.delay(*call)]
    assert [result.get(timeout=90) for result in results] == [rows] * 3
    assert rows_in(database) == first


def test_a_service_that_is_away_is_tried_again(tasks, monkeypatch):
    tried = []
    run = costream.run
    monkeypatch.setattr(costream, "run", lambda *args, **options: (tried.append(1), run(*args, **options))[1])
    monkeypatch.setattr(tasks, "TARGET", "postgresql://nobody@127.0.0.1:1/none")
    source = "3b1f6a52-7c0e-4d6e-9f0b-5a1f0c2d7e11"
    outcome = tasks.summarize.apply(("org1234567", source, 2025, 11, "my-cluster"))
    assert outcome.state == "FAILURE" and isinstance(outcome.result, costream.TransientError) and len(tried) == 4


def test_what_cannot_be_mended_by_waiting_fails_at_once(tasks):
    result = tasks.summarize.delay("org1234567", "no-such-source", 2025, 11, "my-cluster")
    with pytest.raises(Exception, match="no such file or directory"):
        result.get(timeout=90)
