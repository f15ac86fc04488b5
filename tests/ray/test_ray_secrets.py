"""A password that is given in the URI of --to: not for other users of the machine, nor for what Ray writes down."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

import support
from conftest import DAYS, SOURCES, reference_file
from services.postgres import PASSWORD
from test_ray_faults import WITHIN, Held, wait_for


def shown():
    """The argument lists of all processes, which every user of the machine can read."""
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path, path.read_bytes()
        except OSError:
            pass  # it has ended


@pytest.fixture
def ray_folder():
    """Where Ray keeps logs and sockets, whose paths must be short."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cs-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("flag", [["--to", "{}"], ["--to={}"]], ids=["word", "equals"])
def test_no_process_and_no_log_shows_the_password(schema, tree, tmp_path, ray_folder, flag):
    assert PASSWORD in support.SECRETS and PASSWORD in schema.uri
    command = [str(part) for part in (
        sys.executable, "-m", "costream", "run", tree, "--engine", "ray", "--source", SOURCES[0], *(part.format(schema.uri) for part in flag),
        "--start", DAYS["start"], "--end", DAYS["end"], "--reference", reference_file(tmp_path), "--schema", schema.name)]
    with open(tmp_path / "said", "wb") as said:
        driver = subprocess.Popen(command, stdout=said, stderr=said, env={**os.environ, "RAY_TMPDIR": str(ray_folder)})
    held = Held(schema)
    try:
        wait_for(held.pids)  # Ray is there, its worker in the middle of a task
        lists = dict(shown())
        assert b"postgresql://costream:xxx" in lists[pathlib.Path(f"/proc/{driver.pid}/cmdline")]
        assert not [path for path, arguments in lists.items() if PASSWORD.encode() in arguments]
    finally:
        held.release()
        code = driver.wait(WITHIN)
    assert code == 0, (tmp_path / "said").read_text()
    files = [path for path in [*ray_folder.rglob("*"), tmp_path / "said"] if path.is_file()]
    assert len(files) > 10 and not [path for path in files if PASSWORD.encode() in path.read_bytes()]
