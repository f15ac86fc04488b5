#!/usr/bin/env python3
"""What Ray costs a run: its start, each task beyond its work, and the memory of workers beside the limit.

    build/python-package/bin/python benchmarks/ray_units.py [--sources 20] [--days 10] [--rows 1500] [--large-rows 2000000]

Makes up the inputs, writes into a directory, no service is needed. docs/scaling.md has figures.
"""
import argparse
import contextlib
import os
import pathlib
import tempfile
import time
import uuid

import costream
from costream.engine import work
from costream.engine.plan import plan_source
from costream.engine.ray import IDLE_WORKER_BYTES, RayEngine
from costream.engine.work import Task


def resident(name):
    """Bytes of this process."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) << 10


def idle():
    import costream  # noqa: F401  what a worker has before its first task
    return resident("VmRSS")


def nothing(orders, task):
    return task.number


def main():
    os.environ["RAY_worker_niceness"] = "0"  # 15 otherwise: what else the machine does would be measured
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=20)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--rows", type=int, default=1500, help="hourly pod rows of a source's month")
    parser.add_argument("--large-rows", type=int, default=2_000_000, help="of the source whose workers are measured")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        plans = [planned(root, number, given.rows, given.days) for number in range(1, given.sources + 1)]
        large = planned(root, 0, given.large_rows, given.days)
        tasks = [Task(number, unit, f"{root}/out/{plan.orders.source}/")
                 for plan in plans for number, unit in enumerate(plan.units)]
        orders = {task.staged: plan.orders for task, plan in zip(tasks, (plan for plan in plans for _ in plan.units))}
        begun = time.monotonic()
        engine = RayEngine(lambda task: orders.get(task.staged, large.orders), None, 1, 128 << 20)
        tell(f"start of Ray: {time.monotonic() - begun:.1f} s on {os.cpu_count()} processors")
        ray = engine._ray
        remote = ray.remote(num_cpus=1, max_retries=0)
        before = max(ray.get([remote(idle).remote() for _ in range(8)]))  # the workers are there now
        stored = ray.put(large.orders)
        empty = remote(nothing)
        seconds = min(timed(lambda: ray.get([empty.remote(stored, tasks[0]) for _ in range(1000)]))[0] for _ in range(3))
        tell(f"empty task: {seconds:.2f} ms")
        begun = cpu_seconds()
        for task in tasks:
            work.whole(orders[task.staged], task)
        own = cpu_seconds() - begun
        begun = cpu_seconds()
        seconds, manifests = timed(lambda: finished(engine, tasks))
        spread = cpu_seconds() - begun
        workers = len({manifest.process for manifest in manifests})
        inside = sum(manifest.seconds for manifest in manifests)
        tell(f"{len(tasks)} units in {workers} workers: {1000 * seconds * workers / len(tasks):.1f} ms of a worker's time each, "
             f"{1000 * inside / len(tasks):.1f} ms of it the unit's own: {1000 * (seconds * workers - inside) / len(tasks):.1f} ms more")
        tell(f"CPU of a unit: {1000 * own / len(tasks):.1f} ms in this process, {1000 * spread / len(tasks):.1f} ms with all of Ray's "
             f"processes: {1000 * (spread - own) / len(tasks):.1f} ms more")
        peak = max(manifest.peak_memory_bytes
                   for manifest in finished(engine, [Task(n, unit, f"{root}/out/large/") for n, unit in enumerate(large.units)]))
        tell(f"worker: {before >> 20} MiB idle (allowed for: {IDLE_WORKER_BYTES >> 20}), {peak >> 20} MiB at most with "
             f"{given.large_rows} rows a month and a limit of 128 MiB")
        engine.close()


def planned(root, number, rows, days):
    source = str(uuid.UUID(int=number, version=4))
    costream.generate(root / source, rows=rows, seed=number + 1, source=source)
    options = {"start": "2025-11-01", "end": f"2025-11-{days:02}", "to": f"{root}/", "reference": root / source / "reference.json"}
    return plan_source([str(root / source)], options, source, 1 << 60)


def cpu_seconds():
    """Of this process and all below it."""
    ticks, parents = {}, {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            ticks[int(stat.parts[2])], parents[int(stat.parts[2])] = int(fields[11]) + int(fields[12]), int(fields[1])

    def ours(pid):
        return pid == os.getpid() or pid in parents and ours(parents[pid])
    return sum(ticks[pid] for pid in ticks if ours(pid)) / os.sysconf("SC_CLK_TCK")


def timed(what):
    """Seconds that it takes, and what it returns."""
    begun = time.monotonic()
    result = what()
    return time.monotonic() - begun, result


def tell(text):
    print(text, flush=True)


def finished(engine, tasks):
    """The manifests of all tasks."""
    manifests, left = [], list(reversed(tasks))
    under_way = 0
    while left or under_way:
        while left and under_way < engine.slots:
            engine.submit(left.pop())
            under_way += 1
        for task, result in engine.wait(10):
            under_way -= 1
            if isinstance(result, Exception):
                raise result
            manifests.append(result)
    return manifests


if __name__ == "__main__":
    main()
