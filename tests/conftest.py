"""Paths, and what happens where the command or the golden data are absent."""
import os
import pathlib
import signal
import subprocess
import sys
import uuid

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import support  # noqa: E402

subprocess.Popen = support.WatchedPopen  # of all tests
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts what it puts into the background
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def golden():
    """The folder of golden data; skips without it, fails in CI."""
    if not support.GOLDEN.is_dir():
        support.absent(f"no golden data at {support.GOLDEN} (set COSTREAM_SHARED)")
    return support.GOLDEN


@pytest.fixture
def command():
    """The built command; a test that asks for it cannot pass without."""
    if not support.BINARY.exists():
        pytest.fail(f"{support.BINARY} is not built (set COSTREAM_BIN)")
    return support.costream


@pytest.fixture(scope="session")
def minio(tmp_path_factory):
    """An S3 server."""
    from services.minio import Minio
    server = Minio(tmp_path_factory.mktemp("minio") / "server")
    yield server
    server.stop()


@pytest.fixture
def s3(minio, monkeypatch):
    """The S3 server, with the environment pointing to it; `bucket` is a name that is not used yet."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "S3_")):
            monkeypatch.delenv(name)
    for name, value in minio.environment().items():
        monkeypatch.setenv(name, value)
    minio.bucket = f"test-{uuid.uuid4()}"
    return minio
