"""Damaged files: truncated at every byte, or with flipped bits. Never a crash, a hang or a touched target.

FAULT_KEEP=FOLDER gets the files that were too much.
"""
import gzip
import os
import pathlib
import resource
import subprocess

import pytest

import support
from faults import seed
from differential import clusters

CUTS, FLIPS = 25, 25  # for each format, but in a torture run:
EVERY_CUT_TO, CUTS_OF_LARGER = 8 << 10, 2000  # bytes up to which a file is cut at each; in how many places a larger one
ALL_FLIPS = 10_000  # of each report
BEFORE = b"what stood here before\n"
MEMORY = 6 << 30  # of address space; Arrow's allocator reserves much more than it uses


def inputs(folder, form):
    """(inputs, their files)"""
    reports, reference = clusters.dataset(4)
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


def cuts(data, chance):
    """[(what it is, the file then)]"""
    places = range(len(data)) if len(data) <= EVERY_CUT_TO else sorted(chance.sample(range(len(data)), CUTS_OF_LARGER))
    return [(f"cut at {at} of {len(data)}", lambda at=at: data[:at]) for at in places]


def flips(data, chance):
    def flipped(bits):
        changed = bytearray(data)
        for bit in bits:
            changed[bit // 8] ^= 1 << bit % 8
        return bytes(changed)
    chosen = [[chance.randrange(8 * len(data)) for _ in range(chance.choice([1, 1, 2, 8]))] for _ in range(ALL_FLIPS)]
    return [(f"with the bits {bits} flipped", lambda bits=bits: flipped(bits)) for bits in chosen]


@pytest.mark.parametrize("kind", ["truncated", "flipped"])
@pytest.mark.parametrize("form", ["csv", "csv.gz", "parquet"])
def test_damaged_file(command, tmp_path, tally, form, kind):
    files = inputs(tmp_path, form)
    code, err, want = run(tmp_path)
    assert code == 0, err
    chance = seed.dice(form, kind)
    reports = {path.name if form != "parquet" else path.parent.name: path for path in files}  # one file of each
    damages = [(path, *damage) for path in reports.values() for damage in (cuts if kind == "truncated" else flips)(path.read_bytes(), chance)]
    for path, what, damaged in seed.sample(damages, CUTS if kind == "truncated" else FLIPS, form, kind):
        data = path.read_bytes()
        path.write_bytes(damaged())
        try:
            code, err, rows = run(tmp_path)
            assert code == 0 or path.name in err, f"the error does not name the file: {err}"
            if kind == "truncated" and form != "csv":  # of a plain CSV nothing tells where it ends
                assert code == 3 or rows == want, "other rows from a truncated file"
        except (AssertionError, subprocess.TimeoutExpired) as error:
            kept = pathlib.Path(os.environ.get("FAULT_KEEP", tmp_path))
            (kept / f"damaged-{seed.SEED}-{kind}-{path.name}").write_bytes(path.read_bytes())
            pytest.fail(f"{path} {what}: {error}")
        path.write_bytes(data)
        tally()
