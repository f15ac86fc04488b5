#!/usr/bin/env python3
"""What the Python package costs: aggregate_streaming over pandas chunks beside producing them, and over Arrow batches beside
the command on the same files. Each measurement is a process of its own, so that its peak memory is its own.

    python benchmarks/python_streaming.py [--rows 10000000] [--runs 3] [--dir DIR]
"""
import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import pyarrow as pa
import pyarrow.parquet as pq

import costream
from costream import prototype

TABLE = "openshift_pod_usage_line_items"
COMMAND = pathlib.Path(costream.__file__).with_name("bin") / "costream"


def files(folder):
    return sorted(pathlib.Path(folder).glob(f"data/*/OCP/*/*/*/*/{TABLE}/*.parquet"))


def frames(folder):
    """pandas chunks of 50,000 rows, as the prototype's reader makes them."""
    reference = json.loads((pathlib.Path(folder) / "reference.json").read_text())
    config = {"ocp": {"parquet_path_pod_hourly": f"{folder}/data/*/OCP/source={{provider_uuid}}/year={{year}}/month={{month}}/*/{TABLE}"}}
    reader = prototype.ParquetReader(config)
    return reader.read_pod_usage_line_items(reference["source_uuid"], 2025, 11, daily=False, streaming=True, chunk_size=50_000)


def batches(folder):
    """Arrow batches of the columns that are needed, text as dictionaries."""
    columns = prototype.ParquetReader({}).get_optimal_columns_pod_usage()
    texts = [c for c in columns if not c.endswith(("seconds", "cores", "bytes", "interval_start"))]
    for file in files(folder):
        source = pq.ParquetFile(file, read_dictionary=texts, pre_buffer=False)
        yield from source.iter_batches(50_000, columns=[c for c in columns if c in source.schema_arrow.names], use_threads=False)


def aggregate(data, folder):
    return costream.aggregate_streaming(data, reference=f"{folder}/reference.json", rows=["pod", "unallocated"])


def drain(chunks):
    for chunk in chunks:
        del chunk


def child(what, folder):
    begin, cpu = time.perf_counter(), time.process_time()
    if what == "produce frames":
        drain(frames(folder))
    elif what == "aggregate frames":
        aggregate(frames(folder), folder)
    elif what == "run over frames":
        costream.run({"pod_usage": frames(folder)}, reference=f"{folder}/reference.json", rows=["pod", "unallocated"],
                     to=pathlib.Path(folder) / "rows.parquet")
    elif what == "produce batches":
        drain(batches(folder))
    elif what == "aggregate batches":
        aggregate(batches(folder), folder)
    elif what == "aggregate batches in memory":
        table = pa.Table.from_batches(batches(folder)).unify_dictionaries()
        begin, cpu = time.perf_counter(), time.process_time()
        aggregate(table, folder)
    elif what == "run":
        costream.run(files(folder), reference=f"{folder}/reference.json", rows=["pod", "unallocated"], threads=1)
    elif what == "command":
        subprocess.run([COMMAND, "run", *files(folder), "--reference", f"{folder}/reference.json", "--rows", "pod,unallocated",
                        "--threads", "1", "--log-level", "off"], check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - begin
    used = resource.getrusage(resource.RUSAGE_CHILDREN if what == "command" else resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime if what == "command" else time.process_time() - cpu
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_bytes": used.ru_maxrss * 1024}))


WHAT = ["produce frames", "aggregate frames", "run over frames", "produce batches", "aggregate batches", "aggregate batches in memory", "run",
        "command"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--dir", help="keeps the data there")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        return child(given.child, given.dir)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(given.dir or temporary) / f"rows-{given.rows}"
        if not folder.exists():
            costream.generate(folder, rows=given.rows)
        found = {what: [] for what in WHAT}
        for _ in range(given.runs):
            for what in WHAT:
                done = subprocess.run([sys.executable, __file__, "--child", what, "--dir", folder], check=True,
                                      capture_output=True, text=True)
                found[what].append(json.loads(done.stdout))
        print(f"{'':30}{'seconds':>10}{'of cpu':>10}{'peak MiB':>10}")
        for what, runs in found.items():
            seconds, cpu, peak = (statistics.median(run[key] for run in runs) for key in ("seconds", "cpu", "peak_bytes"))
            print(f"{what:30}{seconds:>10.2f}{cpu:>10.2f}{peak / 2**20:>10.0f}")


if __name__ == "__main__":
    main()
