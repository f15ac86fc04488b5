#!/usr/bin/env python3
"""What it costs to write a month's rows to PostgreSQL, beside psql \\copy of the same rows, binary, into the same table.

    build/python/bin/python benchmarks/postgres_write.py MONTH [--runs 3] [--binary build/release/costream]

MONTH is a folder of `costream generate`. Starts a server of its own (tests/services). Each round, in turn, each time into
the empty table: a run without a target, a run into the table, psql. Prints medians in seconds, and the ratios.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from services import postgres  # noqa: E402

TABLE = "reporting_ocpusagelineitem_daily_summary"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("month", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--binary", default=str(ROOT / "build/release/costream"))
    options = parser.parse_args()
    server = postgres.Server(["max_wal_size = 8GB", "shared_buffers = 256MB"])
    dump = server.root / "rows"

    def psql(command):
        subprocess.run([server.bin / "psql", "-q", "-v", "ON_ERROR_STOP=1", server.uri, "-c", command], check=True)

    def run(*more):
        done = subprocess.run([options.binary, "run", options.month, "--reference", options.month / "reference.json",
                               "--output", "json", "--log-level", "error", *more], check=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout)

    def timed(work, *arguments):
        psql("CHECKPOINT")
        begun = time.monotonic()
        work(*arguments)
        return time.monotonic() - begun

    try:
        subprocess.run([options.binary, "init-db", server.uri], check=True, stdout=subprocess.DEVNULL)
        result = run("--to", server.uri)
        columns = ", ".join(next(iter(subprocess.run(
            [options.binary, "run", options.month, "--reference", options.month / "reference.json", "--to", "-", "--end",
             result["start_date"], "--log-level", "error"], check=True, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL).stdout.decode().splitlines())).split(","))
        psql(f"\\copy {TABLE} ({columns}) TO '{dump}' (FORMAT binary)")
        found = {"no target": [], "into the empty table": [], "again, replacing": [], "psql \\copy": []}
        peak = 0
        for _ in range(options.runs):
            psql(f"TRUNCATE {TABLE}")
            found["no target"].append(timed(run))
            found["into the empty table"].append(timed(lambda: run("--to", server.uri)))
            begun = time.monotonic()
            peak = max(peak, run("--to", server.uri)["peak_memory_bytes"])
            found["again, replacing"].append(time.monotonic() - begun)
            psql(f"TRUNCATE {TABLE}")
            found["psql \\copy"].append(timed(psql, f"\\copy {TABLE} ({columns}) FROM '{dump}' (FORMAT binary)"))
        median = {name: statistics.median(seconds) for name, seconds in found.items()}
        print(f"{sum(result['rows'].values())} rows, {dump.stat().st_size / 1e6:.0f} MB; peak {peak / 2 ** 20:.0f} MiB")
        for name, seconds in median.items():
            print(f"{name:<24}{seconds:>8.2f} s   {', '.join(f'{s:.2f}' for s in found[name])}")
        whole, none, copy = (median[n] for n in ("into the empty table", "no target", "psql \\copy"))
        print(f"whole run / psql {whole / copy:.2f}; run without its own time / psql {(whole - none) / copy:.2f}")
    finally:
        server.close()


if __name__ == "__main__":
    main()
