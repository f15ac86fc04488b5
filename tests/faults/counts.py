"""Counts the faults that each suite injects; a conftest that imports all of this tells FAULT_COUNTS."""
import collections
import json
import os

import pytest

faults, tests, seconds = collections.Counter(), collections.Counter(), collections.Counter()


@pytest.fixture
def tally(request):
    """Counts faults: tally(3) for three. Where a suite does not count, each test is one."""
    def add(count=1):
        faults[request.module.__name__.split(".")[-1]] += count
    return add


def pytest_runtest_logreport(report):
    suite = os.path.basename(report.fspath).removesuffix(".py")
    seconds[suite] += report.duration
    tests[suite] += report.when == "call" and report.passed


def pytest_sessionfinish():
    if name := os.environ.get("FAULT_COUNTS"):
        with open(name, "a", encoding="utf-8") as file:
            for suite, count in tests.items():
                file.write(json.dumps({"suite": suite, "faults": faults[suite] or count, "seconds": round(seconds[suite], 1)}) + "\n")
