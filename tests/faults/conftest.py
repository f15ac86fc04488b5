"""Trials of each kind of target, and the count of the faults that each suite injects."""
import collections
import json
import os

import pytest

from faults import trial as trials
from postgres.conftest import schema, server  # noqa: F401

faults, tests, seconds = collections.Counter(), collections.Counter(), collections.Counter()


@pytest.fixture
def tally(request):
    """Counts faults: tally(3) for three. Where a suite does not count, each test is one."""
    def add(count=1):
        faults[request.module.__name__.split(".")[-1]] += count
    return add


@pytest.fixture(params=trials.ALL, ids=lambda kind: kind.name)
def trial(request, command, tmp_path):
    return trials.make(request.param, request, tmp_path)


@pytest.fixture(params=trials.LOCAL, ids=lambda kind: kind.name)
def local_trial(request, command, tmp_path):
    return trials.make(request.param, request, tmp_path)


def pytest_runtest_logreport(report):
    suite = os.path.basename(report.fspath).removesuffix(".py")
    seconds[suite] += report.duration
    tests[suite] += report.when == "call" and report.passed


def pytest_sessionfinish():
    if name := os.environ.get("FAULT_COUNTS"):
        with open(name, "a", encoding="utf-8") as file:
            for suite, count in tests.items():
                file.write(json.dumps({"suite": suite, "faults": faults[suite] or count, "seconds": round(seconds[suite], 1)}) + "\n")
