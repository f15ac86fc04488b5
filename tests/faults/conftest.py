"""Trials of each kind of target, and the count of the faults that each suite injects."""
import pytest

from faults import trial as trials
from faults.counts import pytest_runtest_logreport, pytest_sessionfinish, tally  # noqa: F401
from postgres.conftest import schema, server  # noqa: F401


@pytest.fixture(params=trials.ALL, ids=lambda kind: kind.name)
def trial(request, command, tmp_path):
    return trials.make(request.param, request, tmp_path)


@pytest.fixture(params=trials.LOCAL, ids=lambda kind: kind.name)
def local_trial(request, command, tmp_path):
    return trials.make(request.param, request, tmp_path)
