"""Small random datasets: the command against the oracle, from Parquet and, where nothing is null, from CSV.

COSTREAM_SEEDS=200 runs more seeds, COSTREAM_SEEDS=17-17 just one.
"""
import os
import random

import pytest

import support
from differential import clusters, matching, oracle


def seeds():
    first, dash, last = os.environ.get("COSTREAM_SEEDS", "30").partition("-")
    return range(int(first), int(last) + 1) if dash else range(int(first))


def run(inputs, reference, folder, suffix, *args):
    out = folder / f"out.{suffix}"
    support.costream("run", inputs, "--reference", support.write_reference(folder / "reference.json", reference),
                     "--to", out, *args)
    return support.read_output(out)


@pytest.mark.parametrize("odd", [False, True], ids=["plain", "odd"])
@pytest.mark.parametrize("seed", seeds())
def test_command_equals_oracle(command, seed, odd, tmp_path):
    print(f"seed {seed} (COSTREAM_SEEDS={seed}-{seed} runs it alone)")
    reports, reference = clusters.dataset(seed)
    if odd:
        clusters.twist(seed, reports)
    chance = random.Random(seed + 10 ** 6)

    reports, daily = clusters.tables(seed, reports)
    forced = chance.choice(["auto", "auto", "hourly", "daily"])
    tables = {**reports, **{name + "_daily": rows for name, rows in daily.items()}}
    start, end = None, None
    if chance.random() < 0.3:
        days = [r["interval_start"].date().isoformat() for r in reports["pod"]]
        start = end = next((d for d in days if d.startswith(reference["month"])), None)
    narrowed = ["--start", start, "--end", end] if start else []
    want = oracle.Summary(tables, reference, start, end, forced).rows()
    tree = support.write_tree(tmp_path / "tree", reports, daily=daily, row_group_size=chance.choice([1, 3, 1000]))
    suffix = chance.choice(["csv", "parquet"])
    matching.assert_same_rows(want, run(tree, reference, tmp_path, suffix, "--usage-from", forced, *narrowed))


@pytest.mark.parametrize("seed", [s for s in seeds() if s % 3 == 0])
@pytest.mark.parametrize("odd", [False, True], ids=["plain", "odd"])
def test_command_equals_oracle_on_csv(command, seed, odd, tmp_path):
    print(f"seed {seed} (COSTREAM_SEEDS={seed}-{seed} runs it alone)")
    reports, reference = clusters.dataset(seed)
    if odd:
        clusters.twist(seed, reports, csv=True)
    want = oracle.Summary(reports, reference).rows()
    folder = support.write_csvs(tmp_path / "in", {n: r for n, r in reports.items() if r})
    matching.assert_same_rows(want, run(folder, reference, tmp_path, "csv"))
