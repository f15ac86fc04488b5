import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import targets  # noqa: E402


@pytest.fixture(params=[*targets.LOCAL, targets.Store], ids=lambda kind: kind.name)
def target(request, tmp_path):
    return request.param(request.getfixturevalue("s3") if request.param is targets.Store else tmp_path)


@pytest.fixture(params=targets.LOCAL, ids=lambda kind: kind.name)
def local_target(request, tmp_path):
    return request.param(tmp_path)
