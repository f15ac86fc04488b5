#!/usr/bin/env python3
"""Measures costream beside its peers: same data, same rows, each run a process of its own, in turn. See README.md.

Imports nothing beyond the standard library: a child's peak memory counts from that of the process which starts it."""
import argparse
import datetime
import glob
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
PEERS = {"costream": None, "scan": "arrow_scan.py", "duckdb": "duckdb_sql.py", "duckdb-by-day": "duckdb_sql.py",
         "polars": "polars_frame.py", "postgres": "postgres_sql.py"}
WORKS = {"A": ["--usage-from", "hourly", "--rows", "pod,unallocated"], "B": ["--usage-from", "daily"]}
LABELS = {"dictionary": [], "plain": ["--plain-labels"]}


class Failed(Exception):
    pass


def count(text):
    """2M, 500K or 1000."""
    return int(float(text[:-1]) * {"K": 10 ** 3, "M": 10 ** 6}[text[-1].upper()]) if text[-1] in "kKmM" else int(text)


def several(known=None, convert=str):
    def parse(text):
        values = [convert(part) for part in text.split(",")]
        for value in values:
            if known and value not in known:
                raise argparse.ArgumentTypeError(f"{value} is none of {', '.join(known)}")
        return values
    return parse


def parse_arguments():
    directory = pathlib.Path(os.environ.get("COSTREAM_BENCH_DIR") or ROOT / "build/bench")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=several(convert=count), default="2M,10M", help="hourly pod rows (default %(default)s)")
    parser.add_argument("--works", type=several(WORKS), default="A,B", help="default %(default)s")
    parser.add_argument("--labels", type=several(LABELS), default="dictionary", help="dictionary,plain (default %(default)s)")
    parser.add_argument("--peers", type=several(PEERS), default=",".join(PEERS), help="default %(default)s")
    parser.add_argument("--runs", type=int, default=3, help="rounds; medians count (default %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="of every peer (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--costream", default=str(ROOT / "build/release/costream"), help="the command to measure")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/benchmarks", help="for table, JSON and plots")
    parser.add_argument("--merge", action="store_true", help="keep what an earlier run has of other scales")
    arguments = parser.parse_args()
    arguments.directory = directory
    if "costream" not in arguments.peers:  # the others are checked against it
        arguments.peers.insert(0, "costream")
    if "postgres" in arguments.peers and not (shutil.which("initdb") or glob.glob("/usr/lib/postgresql/*/bin/initdb")):
        print("bench: no PostgreSQL here, left out", file=sys.stderr)
        arguments.peers.remove("postgres")
    return arguments


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "CPU")
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2 ** 30
    return (f"{len(os.sched_getaffinity(0))} × {cpu}, {memory_gib:.0f} GiB, "
            f"{platform.system()} {platform.release()} {platform.machine()}")


def generate(arguments, rows, labels):
    """The directory of the data; made on first use."""
    directory = arguments.directory / "data" / f"{rows}-{arguments.seed}-{labels}"
    if not directory.exists():
        print(f"bench: generating {rows:,} rows, {labels} labels", file=sys.stderr)
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory.parent) as made:
            subprocess.run([arguments.costream, "generate", "--rows", str(rows), "--seed", str(arguments.seed), "--format",
                            "parquet", "--out", f"{made}/data", *LABELS[labels]], check=True, stdout=subprocess.DEVNULL)
            os.rename(f"{made}/data", directory)
    for path in directory.rglob("*.parquet"):  # into the page cache
        path.read_bytes()
    return directory


def measured(command, environment=None):
    """Runs the command; returns what it printed and its wall and CPU seconds and peak memory."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, stderr=err, env={**os.environ, **(environment or {})})
        _, status, usage = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if child.returncode:
            raise Failed(f"exit code {child.returncode}: {err.read().decode(errors='replace').strip()[-2000:]}")
        return out.read().decode(), {"wall_s": wall_s, "cpu_s": usage.ru_utime + usage.ru_stime,
                                     "peak_memory_bytes": usage.ru_maxrss * 1024}


def run_costream(arguments, work, data, target):
    printed, result = measured([arguments.costream, "run", str(data), "--reference", f"{data}/reference.json", "--to", target,
                                "--threads", str(arguments.threads), "--output", "json", "--log-level", "error", *WORKS[work]])
    result["rows_in"] = json.loads(printed)["input"]["rows"]
    result["version"] = subprocess.check_output([arguments.costream, "--version"], text=True).split()[1]
    return result


def run_peer(arguments, peer, work, data, target, **more):
    told = {"work": work, "data": str(data), "target": target, "threads": arguments.threads,
            "scratch": os.path.dirname(target), "by_day": peer == "duckdb-by-day", **more}
    # The other pool's times are unstable.
    environment = {"ARROW_DEFAULT_MEMORY_POOL": "jemalloc"} if peer == "scan" else None
    printed, result = measured([sys.executable, str(HERE / "peers" / PEERS[peer]), json.dumps(told)], environment)
    said = json.loads(printed)
    result["process_wall_s"] = result["wall_s"]
    result.update(wall_s=said["wall_s"], cpu_s=result["cpu_s"] - said["start_cpu_s"], version=said["version"],
                  rows_in=said["rows_in"])
    if peer == "postgres":
        result["peak_memory_bytes"] = None  # of many processes that share memory
    return result


def check(expected, target):
    """The number of rows, if both files hold the same."""
    done = subprocess.run([sys.executable, str(HERE / "agree.py"), expected, target], capture_output=True, text=True)
    if done.returncode:
        raise Failed("its rows differ from costream's:\n" + done.stderr)
    return int(done.stdout)


def does(peer, work):
    return work == "B" or peer != "postgres"


def measure_cell(arguments, cell, scratch):
    """All peers in turn, `runs` times. Returns a result a peer and run, and what failed."""
    data = generate(arguments, cell["rows"], cell["labels"])
    expected = f"{scratch}/expected.parquet"
    rows = {}
    rows["in"] = run_costream(arguments, cell["work"], data, expected)["rows_in"]  # not measured: warms up
    rows["out"] = check(expected, expected)
    results, failures, failed = [], [], set()
    for run in range(arguments.runs):
        for peer in arguments.peers:
            if peer in failed or not does(peer, cell["work"]):
                continue
            with tempfile.TemporaryDirectory(dir=scratch) as directory:
                target = f"{directory}/summary.parquet"
                try:
                    if peer == "costream":
                        result = run_costream(arguments, cell["work"], data, target)
                    else:
                        result = run_peer(arguments, peer, cell["work"], data, target)
                    if result["rows_in"] not in (None, rows["in"]):
                        raise Failed(f"it read {result['rows_in']} rows, not {rows['in']}")
                    if run == 0 and peer != "scan":
                        check(expected, target)
                except Failed as failure:
                    failed.add(peer)
                    failures.append(f"{peer}, work {cell['work']}, {cell['rows']:,} rows, {cell['labels']} labels: {failure}")
                    continue
            result.update(cell, peer=peer, run=run + 1, date=datetime.date.today().isoformat(), machine=machine(),
                          rows_in=rows["in"], rows_out=0 if peer == "scan" else rows["out"],
                          rows_per_s=rows["in"] / result["wall_s"])
            memory = result["peak_memory_bytes"]
            print(f"bench: {cell['work']} {cell['rows']:>11,} {cell['labels']:10} {peer:14} {result['wall_s']:8.2f} s"
                  f"{f'{memory / 2 ** 20:9,.0f} MiB' if memory else ''}", file=sys.stderr)
            results.append(result)
    return [r for r in results if r["peer"] not in failed], failures


def main():
    arguments = parse_arguments()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    results, failures = [], []
    with tempfile.TemporaryDirectory(dir=arguments.directory) as scratch:
        for labels in arguments.labels:
            for rows in arguments.rows:
                for work in arguments.works:
                    cell = {"work": work, "rows": rows, "labels": labels, "threads": arguments.threads}
                    found, wrong = measure_cell(arguments, cell, scratch)
                    results += found
                    failures += wrong
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = arguments.out / "results.json"
    if arguments.merge and path.exists():
        def place(result):
            return tuple(result[name] for name in ("work", "rows", "labels", "threads"))

        fresh = {place(result) for result in results}
        results += [r for r in json.loads(path.read_text())["results"] if place(r) not in fresh]
    path.write_text(json.dumps({"results": results}, indent=1) + "\n")
    subprocess.run([sys.executable, str(HERE / "report.py"), str(arguments.out)], check=True)
    if failures:
        sys.exit("\nbench: FAILED\n" + "\n".join(failures))


if __name__ == "__main__":
    main()
