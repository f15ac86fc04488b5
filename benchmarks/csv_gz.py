#!/usr/bin/env python3
"""A month of `.csv.gz` reports: costream beside DuckDB's read_csv, work A, in turn; prints medians and their ratios to costream's.
See README.md."""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import bench


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=bench.count, default="1M", help="hourly pod rows (default %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="rounds; medians count (default %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="of each (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--costream", default=str(bench.ROOT / "build/release/costream"), help="the command to measure")
    arguments = parser.parse_args()
    arguments.directory = pathlib.Path(os.environ.get("COSTREAM_BENCH_DIR") or bench.ROOT / "build/bench")
    return arguments


def generate(arguments):
    """The directory of the data; made on first use."""
    directory = arguments.directory / "data" / f"{arguments.rows}-{arguments.seed}-csv.gz"
    if not directory.exists():
        print(f"bench: generating {arguments.rows:,} rows as .csv.gz", file=sys.stderr)
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory.parent) as made:
            subprocess.run([arguments.costream, "generate", "--rows", str(arguments.rows), "--seed", str(arguments.seed),
                            "--format", "csv", "--out", f"{made}/data"], check=True, stdout=subprocess.DEVNULL)
            subprocess.run(["gzip", *map(str, pathlib.Path(made, "data").glob("*.csv"))], check=True)
            os.rename(f"{made}/data", directory)
    for path in directory.glob("*.csv.gz"):  # into the page cache
        path.read_bytes()
    return directory


def main():
    arguments = parse_arguments()
    data = generate(arguments)
    results = {"costream": [], "duckdb, columns told": [], "duckdb, sniffing": []}
    with tempfile.TemporaryDirectory(dir=arguments.directory) as scratch:
        for run in range(arguments.runs):
            expected, target = f"{scratch}/expected.parquet", f"{scratch}/summary.parquet"
            for peer, found in results.items():
                if peer == "costream":
                    found.append(bench.run_costream(arguments, "A", data, expected))
                    continue
                found.append(bench.run_peer(arguments, "duckdb", "A", data, target, sniff=peer == "duckdb, sniffing"))
                if run == 0:
                    rows = bench.check(expected, target)
    size = sum(path.stat().st_size for path in data.glob("*.csv.gz"))
    print(f"{arguments.rows:,} pod rows, {size / 1e6:,.0f} MB of .csv.gz, {rows:,} rows made, the same by all; "
          f"{arguments.threads} threads")
    print(f"{'':24}{'wall s':>10}{'CPU s':>10}{'peak MiB':>10}{'wall ratio':>12}{'CPU ratio':>12}")
    first = None
    for peer, found in results.items():
        wall_s, cpu_s, peak = (statistics.median(result[what] for result in found)
                               for what in ("wall_s", "cpu_s", "peak_memory_bytes"))
        first = first or (wall_s, cpu_s)
        print(f"{peer:24}{wall_s:>10.2f}{cpu_s:>10.2f}{peak / 2 ** 20:>10,.0f}{wall_s / first[0]:>12.2f}{cpu_s / first[1]:>12.2f}")
    print(", ".join(f"{peer} {found[0]['version']}" for peer, found in list(results.items())[:2]).replace(", columns told", ""))


if __name__ == "__main__":
    try:
        main()
    except bench.Failed as failure:
        sys.exit(f"bench: FAILED: {failure}")
