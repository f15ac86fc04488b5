"""The named fault points (src/base/fault_point.h): at each, a run fails or is killed, and nothing has changed, or all of it."""
import collections
import os
import pathlib
import signal
import subprocess

import pytest

import support
from faults import calls, seed
from faults import trial as trials
from metamorphic import test_spilled

FAULTY = pathlib.Path(os.environ.get("COSTREAM_FAULTY_BIN") or support.ROOT / "build/dev/costream")
OF_KIND = {"parquet": {"file.sync", "file.rename"}, "csv": {"file.sync", "file.rename"},
           "directory": {"file.sync", "file.rename", "days.record", "days.apply", "days.forget"},
           "sqlite": {"sqlite.commit"}, "postgres": {"postgres.begin", "postgres.copy", "postgres.commit"},
           "store": {"object.complete", "days.record", "days.apply", "days.forget"}}
SPILL = {"spill.write", "spill.read"}
MEMORY = "arrow.allocate"


@pytest.fixture
def faulty():
    """A build that has the points."""
    if not FAULTY.exists():
        support.absent(f"{FAULTY} is not built (cmake --build --preset dev, or set COSTREAM_FAULTY_BIN)")
    return FAULTY


def environment(fault=None, log=None):
    return {**os.environ, **({"COSTREAM_FAULT": fault} if fault else {}), **({"COSTREAM_FAULT_LOG": str(log)} if log else {})}


def passed(trial, faulty, log, *more):
    """How often a run passes each point."""
    trial.run(2, *more, binary=faulty, environment=environment(log=log))
    trial.restore()
    return collections.Counter(log.read_text().split())


def points(faulty):
    listed = subprocess.run([faulty, "version"], env=environment("list"), capture_output=True, text=True, check=True)
    return set(listed.stdout.split())


def test_every_point_has_its_test(faulty):
    assert points(faulty) == set().union(*OF_KIND.values()) | SPILL | {MEMORY}


def test_a_release_has_none(faulty):
    if support.BINARY == FAULTY or "release" not in support.BINARY.parts:
        pytest.skip("not a release build")
    binary = support.BINARY.read_bytes()
    assert not [name for name in (*points(faulty), "COSTREAM_FAULT") if name.encode() in binary]
    assert b"COSTREAM_FAULT" in FAULTY.read_bytes()


def test_each_point(trial, faulty, tmp_path, tally):
    found = passed(trial, faulty, tmp_path / "log")
    assert found.keys() - {MEMORY} == OF_KIND[trial.target.name]
    of_run = [(point, number) for point, count in sorted(found.items()) if point != MEMORY for number in range(1, count + 1)]
    for point, number in of_run:
        code, said = trial.run(binary=faulty, environment=environment(f"{point}:{number}:error"), code=trials.TRANSIENT)
        assert point in said
        trial.check(code, said, begun=point in ("days.apply", "days.forget"))
        trial.restore()
        trial.run(binary=faulty, environment=environment(f"{point}:{number}:abort"), code=-signal.SIGKILL)
        stands = trial.check_killed()
        assert stands == 2 if point in ("days.apply", "days.forget") else stands == 1, point
        trial.restore()
        tally(2)


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """More pods in a day than the memory of `spilling` holds."""
    folder = tmp_path_factory.mktemp("day")
    test_spilled.day(folder / f"data/1/OCP/source={support.SOURCE}/year=2025/month=11/day=01" / support.TABLES["pod"], 8, False)
    return folder / "data"


@pytest.fixture
def spilling(day, tmp_path):
    """Runs a binary that spills: (exit code, stderr); what was in the target stays."""
    target = tmp_path / "live" / "out.csv"
    target.parent.mkdir()

    def run(binary, with_faults):
        target.write_text("old")
        done = subprocess.run([binary, "run", day, "--month", "2025-11", "--usage-from", "hourly", "--to", target, "--memory-limit",
                               "96MiB", "--threads", "1"], env=with_faults, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0 or target.read_text() == "old"
        return done.returncode, done.stderr
    return run


@pytest.mark.skipif(support.SANITIZED, reason="a sanitizer takes more memory than the limits here")
@pytest.mark.parametrize("action, code", [("error", trials.TRANSIENT), ("abort", -signal.SIGKILL)])
@pytest.mark.parametrize("point", sorted(SPILL))
def test_spilling(faulty, spilling, tally, point, action, code):
    for number in (1, 3, 10) if seed.TORTURE else (1,):
        assert spilling(faulty, environment(f"{point}:{number}:{action}"))[0] == code
        tally()


@pytest.mark.skipif(support.SANITIZED, reason="a sanitizer takes more memory than the limits here")
@pytest.mark.parametrize("kind", ["write", "read"])
def test_a_file_of_spilled_rows_that_fails(command, spilling, tmp_path, tally, kind):
    for attempt in range(5):  # when it spills, and so the number of the call, depends on the memory that is free
        log, harmed = tmp_path / f"log{attempt}", tmp_path / f"harmed{attempt}"
        assert spilling(support.BINARY, calls.environment(log=log))[0] == 0
        made = [call for call in calls.logged(log)[0] if call.kind == kind]
        number = next(i for i, call in enumerate(made, 1) if "costream-spill" in call.path)
        code, said = spilling(support.BINARY, calls.environment(calls.fault(kind, number, "EIO", onward=True), log=harmed))
        if "costream-spill" in calls.logged(harmed)[1][0].path:
            break
    assert code == trials.UNUSABLE and "--spill-dir" in said, (code, said)
    tally()


def test_runs_at_once_that_dawdle_at_a_point(trial, faulty, tally):
    """Whoever is last, its rows stand, all of them."""
    for point in sorted(OF_KIND[trial.target.name] - {"object.complete"}):
        slow = trial.start(2, binary=faulty, environment=environment(f"{point}:1:sleep"))
        fast = trial.start(1, binary=faulty)
        for process in (slow, fast):
            said = process.communicate(timeout=60)[1]
            assert process.returncode == 0, said
        versions = trial.versions()
        assert len(versions) == 1 or trial.target.name == "store", versions  # a store has no locks: docs/s3.md
        trial.restore()
        tally()


def test_memory_that_arrow_does_not_get(trial, faulty, tmp_path, tally):
    total = passed(trial, faulty, tmp_path / "log")[MEMORY]
    assert total > 20
    for number in seed.sample(range(1, total + 1), 6, trial.target.name):
        code, said = trial.run(binary=faulty, environment=environment(f"{MEMORY}:{number}:error"), code=None)
        assert code in (0, 1) and (code == 0 or "out of memory" in said), f"{number}: exit {code}, {said}"
        trial.check(code, said)
        trial.restore()
        tally()
