"""For the tests of the Python package; tools/test_python.sh runs them where its wheel is installed."""
import json

import pytest

import costream
import support


@pytest.fixture(params=support.GOLDEN_NAMES)
def scenario(request, golden):
    """A golden folder, as (name, folder, reference data)."""
    folder = golden / request.param
    return request.param, folder, json.loads((folder / "reference.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def month(tmp_path_factory):
    """A small made-up month: hourly and daily Parquet tables in the flat layout."""
    folder = tmp_path_factory.mktemp("month") / "m"
    costream.generate(folder, rows=60_000)
    return folder
