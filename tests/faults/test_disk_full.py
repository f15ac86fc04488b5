"""A disk with room for so much and no more, at every level: an error that names the target, and nothing has changed."""
import itertools
import shutil
import subprocess

import pytest

import support
from faults import seed
from faults import trial as trials
from metamorphic import test_spilled

PAGE = 4096
# In a mount namespace of its own: a disk of 1 MiB over $1, with the content of $2 and $4 bytes free; runs the rest of the
# arguments, then copies what there is to $3.
SCRIPT = """set -e
place=$1 content=$2 after=$3 free=$4
shift 4
mount -t tmpfs -o size=1m tmpfs "$place"
cp -a "$content"/. "$place"
left=$(df --output=avail -B1 "$place" | tail -1)
[ "$left" -le "$free" ] || head -c $((left - free)) /dev/zero >"$place/.filler"
code=0
"$@" || code=$?
rm -f "$place/.filler"
cp -a "$place"/. "$after"
exit $code
"""


@pytest.fixture(scope="module")
def disks():
    """Skips where none can be mounted."""
    done = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")


def run_on(place, content, after, free, command):
    after.mkdir()
    done = subprocess.run(["unshare", "-m", "sh", "-c", SCRIPT, "sh", *map(str, [place, content, after, free, *command])],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=120)
    return done.returncode, done.stderr


@pytest.mark.parametrize("holds", [True, False], ids=["over_rows", "onto_nothing"])
def test_every_level(disks, local_trial, tmp_path, tally, holds):
    trial = local_trial
    live, kept, after = (tmp_path / name for name in ("live", "kept", "after"))
    if not holds:
        shutil.rmtree(kept)
        kept.mkdir()
    codes = []
    for pages in itertools.count(0):
        code, said = run_on(live, kept, after, pages * PAGE, trial.arguments(2))
        codes.append(code)
        shutil.rmtree(live)
        after.rename(live)
        assert code in (0, trials.UNUSABLE), said
        if code:
            assert "No space left" in said or "full" in said, said
        if holds:
            trial.check(code, said)
        elif code:
            # Of a database that could not even be locked the empty file stays: another run may be waiting for it.
            assert all(p.suffix == ".db" and p.stat().st_size == 0 for p in live.iterdir())
        else:
            assert trial.versions() == {2}
        tally()
        if codes[-2:] == [0, 0]:
            break
        assert pages < 256
    assert codes.count(trials.UNUSABLE) > 1


@pytest.mark.skipif(support.SANITIZED, reason="a sanitizer takes more memory than the limits here")
def test_spilling(disks, tmp_path, tally):
    tree = tmp_path / "data/1/OCP" / f"source={support.SOURCE}" / "year=2025/month=11/day=01" / support.TABLES["pod"]
    test_spilled.day(tree, 8, False)
    spill, nothing = tmp_path / "spill", tmp_path / "nothing"
    target = tmp_path / "out.csv"
    for folder in (spill, nothing):
        folder.mkdir()
    for free in seed.sample(range(0, 250 * PAGE, 8 * PAGE), 2):
        target.write_text("old")
        code, said = run_on(spill, nothing, tmp_path / f"after{free}", free,
                            [support.BINARY, "run", tmp_path / "data", "--month", "2025-11", "--usage-from", "hourly", "--to", target,
                             "--memory-limit", "96MiB", "--spill-dir", spill])
        assert code == trials.UNUSABLE and "No space left" in said and "--spill-dir" in said, (code, said)
        assert target.read_text() == "old" and not list((tmp_path / f"after{free}").iterdir())
        assert {p.name for p in tmp_path.iterdir() if p.name.startswith(".out")} == set()
        tally()
