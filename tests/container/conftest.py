import pytest

import support
from postgres.conftest import schema, server  # noqa: F401
from container import runtime


@pytest.fixture(scope="session")
def image(tmp_path_factory):
    """The root of an image, as Containerfile has it assembled; skips where containers cannot be run."""
    root = tmp_path_factory.mktemp("image") / "root"
    runtime.assemble(root)
    if reason := runtime.obstacle(root):
        pytest.skip(f"no container can be run here: {reason}")
    return root


@pytest.fixture(scope="session")
def month(tmp_path_factory):
    """Two million hourly rows of November 2025: a tree and its reference.json."""
    folder = tmp_path_factory.mktemp("month") / "tree"
    support.costream("generate", "--rows", "2000000", "--out", folder)
    return folder
