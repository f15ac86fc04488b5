"""Summaries that are cut or have flipped bits, as `diff` and `report` read them: an input error or another value, never a crash,
a hang or a page."""
import subprocess

import pytest

import support
from faults import seed
from faults.test_damaged_files import cuts, flips, limits
from sinks import month

CUTS, FLIPS = 10, 25  # of each kind of summary, but in a torture run


@pytest.fixture(scope="module")
def summaries(tmp_path_factory):
    """A folder with the same summary in each kind of place."""
    folder = tmp_path_factory.mktemp("summaries")
    source = month.write(folder / "in", 1, (1, 2, 3))
    for name in ("s.parquet", "s.csv", "s.db"):
        support.costream("run", source, "--month", "2025-11", "--source", support.SOURCE, "--to", folder / name)
    return folder


def run(*arguments):
    """(exit code, stderr)"""
    done = subprocess.run([str(support.BINARY), *map(str, arguments)], capture_output=True, timeout=20, preexec_fn=limits)
    said = done.stderr.decode("utf-8", "replace")
    assert "Sanitizer" not in said and "internal error" not in said, said[-4000:]
    return done.returncode, said


@pytest.mark.parametrize("kind", ["truncated", "flipped"])
@pytest.mark.parametrize("name", ["s.parquet", "s.csv", "s.db"])
def test_damaged(command, summaries, tmp_path, tally, name, kind):
    chance, whole = seed.dice(name, kind), (summaries / name).read_bytes()
    points = seed.sample(cuts(whole, chance), CUTS, name) if kind == "truncated" else seed.sample(flips(whole, chance), FLIPS, name)
    codes = set()
    for what, data in points:
        damaged, page = tmp_path / name, tmp_path / "page.html"
        damaged.write_bytes(data())
        code, said = run("diff", summaries / "s.csv", damaged)
        assert code in (0, 3, 4), f"{what}: exit {code}: {said}"
        assert code != 3 or name in said, f"{what}: {said}"
        codes.add(code)
        code, said = run("report", damaged, "-o", page)
        assert code in (0, 3), f"{what}: exit {code}: {said}"
        assert page.exists() == (code == 0), what
        page.unlink(missing_ok=True)
        tally(2)
    assert 3 in codes
