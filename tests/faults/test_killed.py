"""kill -9 at every call that changes something: a reader finds each day old or new, the next run all of them old or all new."""
import collections
import signal
import subprocess
import time

import pytest

import support
from faults import calls, seed
from faults import trial as trials
from sinks import targets

POINTS = 10  # for each target; all of them in a torture run


@pytest.fixture(params=targets.LOCAL, ids=lambda kind: kind.name)
def shared_trial(request, command, tmp_path):
    """Of a target on disk that several runs write to."""
    return trials.make(request.param, request, tmp_path)


def test_killed_at_a_call(trial, tmp_path, tally):
    changes = calls.CHANGES if trial.local else "send"
    log = tmp_path / "log"
    trial.run(environment=calls.environment(log=log))
    trial.restore()
    total = sum(call.kind in changes.split("|") for call in calls.logged(log)[0])
    outcomes = collections.Counter()
    points = seed.sample(range(1, total + 1), POINTS, trial.target.name)
    for number in points:
        trial.run(environment=calls.environment(calls.fault(changes, number, "kill")), code=-signal.SIGKILL)
        outcomes[trial.check_killed()] += 1
        trial.restore()
        tally()
    assert sum(outcomes.values()) == len(points) and outcomes[1] > 0, outcomes


def test_killed_at_any_time(trial, tally):
    begin = time.monotonic()
    trial.run()
    whole, chance = time.monotonic() - begin, seed.dice(trial.target.name)
    for _ in range(100 if seed.TORTURE else 3):
        trial.restore()
        run = trial.start()
        time.sleep(chance.uniform(0.3, 1) * whole)
        run.kill()
        run.communicate()
        trial.check_killed()
        tally()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Half a million rows of pods in a month."""
    folder = tmp_path_factory.mktemp("large") / "in"
    support.costream("generate", "--rows", 1_000_000 if seed.TORTURE else 100_000, "--seed", 1, "--out", folder)
    return folder


@pytest.mark.parametrize("name", ["out.parquet", "out.csv", "out/", "out.db"])
def test_a_large_run_is_killed_at_any_instant(large, tmp_path, tally, name):
    """With all threads at work. What stands is what stood before, or what a run that ends writes; so it is after the next."""
    place = tmp_path / "live"
    place.mkdir()
    command = [str(support.BINARY), "run", str(large), "--reference", str(large / "reference.json"), "--to", f"{place}/{name}"]

    def state():
        """What a reader sees."""
        if name.endswith(".db"):
            database = targets.Sqlite(place)
            database.path = place / name
            return database.state()
        return {str(p): p.read_bytes() for p in place.rglob("*") if p.is_file() and ".costream" not in str(p)} or None
    begin = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    whole, done = time.monotonic() - begin, state()
    chance = seed.dice(name)
    before = None
    for number in range(50 if seed.TORTURE else 2):
        if number % 2 == 0:  # onto nothing, and onto what a run has written
            subprocess.run(["rm", "-rf", *place.iterdir()], check=True)
        before = state()
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0, 1.05) * whole)
        run.kill()
        run.communicate()
        found = state() or None
        if name.endswith("/") and found:
            assert all(done.get(path) == data for path, data in found.items()), "a file that no run writes"
        else:
            assert not found or found in (before, done)
        subprocess.run(command, check=True, capture_output=True)
        assert state() == done
        assert not [p for p in place.rglob("*") if ".costream" in str(p)], "something is left behind"
        tally()


def test_stopped_by_a_signal_while_waiting(shared_trial):
    with shared_trial.target.held():
        run = shared_trial.start()
        for line in run.stderr:
            if b"waiting" in line:
                break
        run.send_signal(signal.SIGTERM)
        assert run.wait(timeout=20) == 143
    assert shared_trial.versions() == {1}


def test_runs_at_once_do_not_mix(shared_trial):
    """The target holds the rows of one of them: the last."""
    runs = [shared_trial.start(version) for version in [1, 2] * 3]
    for run in runs:
        said = run.communicate(timeout=60)[1]
        assert run.returncode == 0, said
    assert len(shared_trial.versions()) == 1
    assert not shared_trial.target.hidden()
