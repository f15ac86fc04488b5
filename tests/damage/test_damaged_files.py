"""Damaged files: truncated anywhere, or with flipped bits. Never a crash, a hang or a touched target.

COSTREAM_DAMAGE=2000 tries that many damages of each kind and format, COSTREAM_DAMAGE_SEED=7 other places.
"""
import gzip
import os
import pathlib
import random
import resource
import subprocess

import pytest

import support
from differential import test_random

COUNT = int(os.environ.get("COSTREAM_DAMAGE", "12"))
SEED = int(os.environ.get("COSTREAM_DAMAGE_SEED", "0"))
BEFORE = b"what stood here before\n"
MEMORY = 6 << 30  # of address space; Arrow's allocator reserves much more than it uses


def inputs(folder, form):
    """(inputs, their files)"""
    reports, reference = test_random.dataset(4)
    if form == "parquet":
        support.write_tree(folder / "in", reports, row_group_size=5)
    else:
        support.write_csvs(folder / "in", {n: r for n, r in reports.items() if r})
    if form == "csv.gz":
        for path in list((folder / "in").iterdir()):
            path.with_suffix(".csv.gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    support.write_reference(folder / "reference.json", reference)
    return sorted(p for p in (folder / "in").rglob("*") if p.is_file())


def limits():
    if not support.SANITIZED:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def run(folder):
    """(exit code, stderr, rows); fails on a crash, a hang, a touched target, a file left behind."""
    target = folder / "target" / "out.csv"
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(BEFORE)
    command = [support.BINARY, "run", folder / "in", "--reference", folder / "reference.json", "--to", target,
               "--log-level", "off"]
    done = subprocess.run(list(map(str, command)), capture_output=True, timeout=10, preexec_fn=limits)
    err = done.stderr.decode("utf-8", "replace")
    assert done.returncode in (0, 3), f"exit {done.returncode}: {err[-2000:]}"
    assert "Sanitizer" not in err, err[-4000:]
    if done.returncode:
        assert target.read_bytes() == BEFORE, "the target changed"
    assert [p.name for p in target.parent.iterdir()] == ["out.csv"], "something was left behind"
    return done.returncode, err, target.read_bytes()


def damaged(path, data, kind, chance):
    if kind == "truncated":
        at = chance.randrange(len(data))
        path.write_bytes(data[:at])
        return f"{path} cut at {at} of {len(data)}"
    changed = bytearray(data)
    places = [chance.randrange(8 * len(data)) for _ in range(chance.choice([1, 1, 2, 8]))]
    for bit in places:
        changed[bit // 8] ^= 1 << bit % 8
    path.write_bytes(changed)
    return f"{path} with the bits {places} flipped"


@pytest.mark.parametrize("kind", ["truncated", "flipped"])
@pytest.mark.parametrize("form", ["csv", "csv.gz", "parquet"])
def test_damaged_file(command, tmp_path, form, kind):
    files = inputs(tmp_path, form)
    code, err, want = run(tmp_path)
    assert code == 0, err
    chance = random.Random(f"{SEED} {form} {kind}")
    for _ in range(COUNT):
        path = chance.choice(files)
        data = path.read_bytes()
        what = damaged(path, data, kind, chance)
        try:
            code, err, rows = run(tmp_path)
            assert code == 0 or path.name in err, f"the error does not name the file: {err}"
            if kind == "truncated" and form != "csv":  # of a plain CSV nothing tells where it ends
                assert code == 3 or rows == want, "other rows from a truncated file"
        except (AssertionError, subprocess.TimeoutExpired) as error:
            kept = pathlib.Path(os.environ.get("COSTREAM_DAMAGE_KEEP", tmp_path))
            (kept / f"damaged-{SEED}-{kind}-{path.name}").write_bytes(path.read_bytes())
            pytest.fail(f"{what}: {error}")
        path.write_bytes(data)
