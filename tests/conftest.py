"""Paths, and what happens where the command or the golden data are absent."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import support  # noqa: E402


def absent(message):
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)


@pytest.fixture
def golden():
    """The folder of golden data; skips without it, fails in CI."""
    if not support.GOLDEN.is_dir():
        absent(f"no golden data at {support.GOLDEN} (set COSTREAM_SHARED)")
    return support.GOLDEN


@pytest.fixture
def command():
    """The built command; a test that asks for it cannot pass without."""
    if not support.BINARY.exists():
        pytest.fail(f"{support.BINARY} is not built (set COSTREAM_BIN)")
    return support.costream
