import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import targets  # noqa: E402


@pytest.fixture(params=targets.ALL, ids=lambda kind: kind.name)
def target(request, tmp_path):
    return request.param(tmp_path)
