"""kill -9 at every kind of write-class call: a reader finds each day old or new, the next run all of them old or all new.

COSTREAM_KILL_POINTS: how many points for each target (default 40).
"""
import collections
import os
import random
import re
import shutil
import signal
import subprocess
import time

import pytest

import month
import support

CALLS = ["write", "pwrite64", "fsync", "fdatasync", "rename", "mkdir", "unlink", "rmdir", "ftruncate"]
POINTS = int(os.environ.get("COSTREAM_KILL_POINTS") or 40)


def arguments(target, folder, *more):
    return [str(support.BINARY), "run", str(folder), "--month", "2025-11", "--source", support.SOURCE, "--threads", "1", "--to",
            target.to, *more]


def counts(target, folder, log):
    """How often each call is made, at most by one thread: strace counts them by thread."""
    subprocess.run(["strace", "-f", "-o", log, "-e", "trace=" + ",".join(CALLS), *arguments(target, folder)],
                   check=True, capture_output=True, timeout=60)
    found = collections.Counter(re.findall(r"^(\d+) +(\w+)\(", log.read_text(), re.MULTILINE))
    return {call: max((n for (_, c), n in found.items() if c == call), default=0) for call in CALLS}


def day_states(target):
    """{day: version}: fails where a day's rows are of two versions, or not all there."""
    versions = month.versions(target.rows())
    days = {day: {versions.get((day, kind)) for kind in month.RANK} for day in (1, 2, 3)}
    assert all(len(states) == 1 for states in days.values()), days
    return {day: states.pop() for day, states in days.items()}


class Restored:
    """The target as one finished run of version 1 has left it, as often as needed."""

    def __init__(self, command, target, tmp_path):
        self.target, self.copy, self.root = target, tmp_path / "copy", tmp_path / "live"
        self.one, self.two = month.write(tmp_path / "one", 1), month.write(tmp_path / "two", 2)
        self.four = month.write(tmp_path / "four", 4, days=[4])
        self.root.mkdir()
        command(*arguments(target, self.one)[1:])
        shutil.copytree(self.root, self.copy)

    def restore(self):
        shutil.rmtree(self.root)
        shutil.copytree(self.copy, self.root)

    def check(self, command):
        """After a run of version 2 was killed; the versions that the next run finds."""
        assert set(day_states(self.target).values()) <= {1, 2}
        command(*arguments(self.target, self.four, "--start", "2025-11-04")[1:])
        states = set(day_states(self.target).values())
        assert len(states) == 1, "days of two runs after the next one"
        assert not self.target.hidden()
        command(*arguments(self.target, self.two, "--end", "2025-11-03")[1:])
        assert set(day_states(self.target).values()) == {2}
        return states.pop()


@pytest.fixture
def restored(command, local_target, tmp_path):
    local_target.move(tmp_path / "live")
    return Restored(command, local_target, tmp_path)


@pytest.mark.skipif(support.SANITIZED, reason="a sanitizer does not run under strace")
def test_killed_at_a_call(command, restored, tmp_path):
    if not shutil.which("strace"):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("no strace (tools/bootstrap.sh installs it)")
    points = [(call, n) for call, count in counts(restored.target, restored.two, tmp_path / "log").items()
              for n in range(1, count + 1)]
    assert points
    chosen = random.Random(1).sample(points, min(POINTS, len(points)))
    outcomes = collections.Counter()
    for call, n in chosen:
        restored.restore()
        done = subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                               f"inject={call}:signal=SIGKILL:when={n}", *arguments(restored.target, restored.two)],
                              capture_output=True, timeout=60)
        assert done.returncode != 0, (call, n)
        outcomes[restored.check(command)] += 1
    assert sum(outcomes.values()) == len(chosen) and outcomes[1] > 0, outcomes


def test_killed_at_any_time(command, restored):
    begin = time.monotonic()
    subprocess.run(arguments(restored.target, restored.two), check=True, capture_output=True, timeout=60)
    whole = time.monotonic() - begin
    chance = random.Random(2)
    for _ in range(max(POINTS // 4, 10)):
        restored.restore()
        run = subprocess.Popen(arguments(restored.target, restored.two), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.3, 1) * whole)
        run.send_signal(signal.SIGKILL)
        run.wait(timeout=60)
        restored.check(command)


def test_stopped_by_a_signal_while_waiting(restored):
    with restored.target.held():
        run = subprocess.Popen(arguments(restored.target, restored.two), stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
        for line in run.stderr:
            if "waiting" in line:
                break
        run.send_signal(signal.SIGTERM)
        assert run.wait(timeout=20) == 143
    assert set(day_states(restored.target).values()) == {1}


def test_runs_at_once_do_not_mix(restored):
    """The target holds the rows of one of them: the last."""
    runs = [subprocess.Popen(arguments(restored.target, folder), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            for folder in [restored.one, restored.two] * 3]
    while any(run.poll() is None for run in runs):
        time.sleep(0.02)
    for run in runs:
        assert run.returncode == 0, run.stderr.read()
    assert len(set(day_states(restored.target).values())) == 1
    assert not restored.target.hidden()
