"""A day that outgrows the memory limit gives the same bytes as without a limit, whether it is spilled or read again."""
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import support

ROWS_A_GROUP = 60_000


def day(folder, hours, recurring):
    """One day of pods with labels of 200 bytes: the same pods each hour, or other ones."""
    folder.mkdir(parents=True)
    writer = None
    for hour in range(hours):
        first = 0 if recurring else hour * ROWS_A_GROUP
        numbers = range(first, first + ROWS_A_GROUP)
        constant = {name: pa.array([7.5 * (hour + 1)] * ROWS_A_GROUP)
                    for name in support.MEASURES["pod"] if name != "pod_usage_cpu_core_seconds"}
        table = pa.table({
            "interval_start": pa.array([1_761_955_200_000_000 + hour * 3_600_000_000] * ROWS_A_GROUP, pa.timestamp("us")),
            "namespace": [f"ns-{n % 97}" for n in numbers], "node": [f"node-{n % 13}" for n in numbers],
            "pod": [f"pod-{n}" for n in numbers], "resource_id": [f"i-{n % 13}" for n in numbers],
            "pod_usage_cpu_core_seconds": [0.1 * (n % 1000) + hour for n in numbers], **constant,
            "pod_labels": [f"label_app:{n:0180}" for n in numbers]})
        writer = writer or pq.ParquetWriter(folder / "part-0.parquet", table.schema)
        writer.write_table(table)
    writer.close()


def claims(folder, count, hours):
    """A claim of a pod of its own each, the same in every hour."""
    folder.mkdir(parents=True)
    numbers = range(count)
    texts = {"namespace": [f"ns-{n % 97}" for n in numbers], "pod": [f"pod-{n}" for n in numbers],
             "persistentvolumeclaim": [f"claim-{n}" for n in numbers], "persistentvolume": [f"pv-{n % (count // 3)}" for n in numbers],
             "storageclass": [f"class-{n % 5}" for n in numbers], "csi_volume_handle": [f"vol-{n}" for n in numbers],
             "persistentvolume_labels": [f"label_tier:{n % 7}" for n in numbers],
             "persistentvolumeclaim_labels": [f"label_app:{n:060}" for n in numbers]}
    for hour in range(hours):
        measures = {name: pa.array([1e9 * (n % 1000) + hour for n in numbers]) for name in support.MEASURES["storage"]}
        times = pa.array([1_761_955_200_000_000 + hour * 3_600_000_000] * count, pa.timestamp("us"))
        pq.write_table(pa.table({"interval_start": times, **texts, **measures}), folder / f"part-{hour}.parquet")


def pods_of_claims(folder, count):
    folder.mkdir(parents=True)
    numbers = range(count)
    pq.write_table(pa.table({
        "interval_start": pa.array([1_761_955_200_000_000] * count, pa.timestamp("us")),
        "namespace": [f"ns-{n % 97}" for n in numbers], "node": [f"node-{n % 13}" for n in numbers],
        "pod": [f"pod-{n}" for n in numbers], "resource_id": [f"i-{n % 13}" for n in numbers],
        "pod_labels": ["label_app:same"] * count,
        **{name: pa.array([3.0] * count) for name in support.MEASURES["pod"]}}), folder / "part-0.parquet")


@pytest.mark.skipif(support.SANITIZED, reason="a sanitizer takes more memory than the limits here")
@pytest.mark.parametrize("kind, hours", [("other_pods_each_hour", 8), ("the_same_pods_each_hour", 20), ("claims", 2)])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_day_larger_than_memory(kind, hours, threads, tmp_path):
    folder = tmp_path / "data/1/OCP" / f"source={support.SOURCE}" / "year=2025/month=11/day=01"
    if kind == "claims":
        claims(folder / support.TABLES["storage"], 200_000, hours)
        pods_of_claims(folder / support.TABLES["pod"], 200_000)
    else:
        day(folder / support.TABLES["pod"], hours, kind == "the_same_pods_each_hour")
    outputs, told = [], []
    for limit in ("2GiB", "96MiB"):
        target = tmp_path / f"{limit}.parquet"
        done = support.costream("run", tmp_path / "data", "--month", "2025-11", "--usage-from", "hourly", "--to", target,
                                "--memory-limit", limit, "--threads", threads, "--output", "json")
        outputs.append(target.read_bytes())
        told.append(json.loads(done.stdout))
    assert told[0]["spilled_bytes"] == 0 < told[1]["spilled_bytes"], "the limit had no effect: enlarge the day"
    assert outputs[0] == outputs[1]
    assert told[0]["rows"] == told[1]["rows"]
    assert told[0]["reconciliation"] == told[1]["reconciliation"]
