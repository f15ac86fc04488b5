"""Chunk size, threads, mode and the order of files and rows change nothing: the same bytes out."""
import random

import pytest

import support
from cli.test_output import NAMED, POD

ORDINARY = ["--mode", "streaming", "--chunk-size", "50000", "--threads", "1"]
WAYS = {
    "chunk_1": ["--mode", "streaming", "--chunk-size", "1"],
    "chunk_13": ["--mode", "streaming", "--chunk-size", "13"],
    "chunk_all": ["--mode", "streaming", "--chunk-size", str(10 ** 9)],
    "in_memory": ["--mode", "in-memory"],
    "in_memory_chunk_13": ["--mode", "in-memory", "--chunk-size", "13"],
    "auto": ["--mode", "auto"],
    "threads_2": ["--threads", "2"],
    "threads_8": ["--threads", "8"],
    "threads_8_chunk_13": ["--threads", "8", "--chunk-size", "13"],
}


def outputs(inputs, reference, folder, *args):
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name in ("out.csv", "out.parquet"):
        support.costream("run", *inputs, "--reference", reference, "--to", folder / name, *args)
        found.append((folder / name).read_bytes())
    return found


@pytest.fixture(scope="module", params=["mixed_202502", "ocp_report_advanced"])
def case(request, tmp_path_factory):
    """Rows, reference, a CSV folder, a Parquet tree, and the outputs of an ordinary run over each."""
    if not support.GOLDEN.is_dir():
        support.absent(f"no golden data at {support.GOLDEN} (set COSTREAM_SHARED)")
    home = tmp_path_factory.mktemp(request.param)
    source = support.GOLDEN / request.param
    reports = support.read_reports(source / "csv")
    inputs = {"csv": source / "csv", "parquet": support.write_tree(home / "tree", reports)}
    ordinary = {kind: outputs([path], source / "reference.json", home / kind, *ORDINARY)
                for kind, path in inputs.items()}
    return reports, source / "reference.json", inputs, ordinary


def check(have, want, kind):
    assert have[0] == want[kind][0], "out.csv differs"
    assert have[1] == want[kind][1], "out.parquet differs"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("way", WAYS)
def test_way_of_running(command, case, way, kind, tmp_path):
    _, reference, inputs, ordinary = case
    check(outputs([inputs[kind]], reference, tmp_path, *WAYS[way]), ordinary, kind)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_csv_rows_shuffled_and_split_over_files(command, case, seed, tmp_path):
    reports, reference, _, ordinary = case
    chance = random.Random(seed)
    files = []
    for name, rows in reports.items():
        columns = list(rows[0]) if rows else support.COLUMNS[name]
        rows = chance.sample(rows, len(rows))
        pieces = chance.randint(2, 5)
        for i in range(pieces):
            path = tmp_path / "in" / f"{chance.randrange(10 ** 6)}-{name}-{i}.csv"
            files.append(support.write_csv(path, rows[i::pieces], chance.sample(columns, len(columns))))
    chance.shuffle(files)
    check(outputs(files, reference, tmp_path, "--threads", "2"), ordinary, "csv")
    check(outputs([tmp_path / "in"], reference, tmp_path), ordinary, "csv")


@pytest.mark.parametrize("seed", [1, 2])
def test_parquet_rows_shuffled_in_small_row_groups(command, case, seed, tmp_path):
    reports, reference, _, ordinary = case
    chance = random.Random(seed)
    hourly = {name: chance.sample(rows, len(rows)) for name, rows in reports.items()}
    daily = {}
    for name, rows in reports.items():
        made = support.daily_rows(name, rows)
        daily[name] = chance.sample(made, len(made))
    tree = support.write_tree(tmp_path / "tree", hourly, daily=daily, row_group_size=7)
    check(outputs([tree], reference, tmp_path, "--threads", "2"), ordinary, "parquet")


def test_a_second_run_gives_the_same_bytes(command, case, tmp_path):
    _, reference, inputs, ordinary = case
    check(outputs([inputs["parquet"]], reference, tmp_path, *ORDINARY), ordinary, "parquet")


def test_days_that_share_a_row_group_do_not_matter_to_anomalies(tmp_path):
    """Of a day whose usage is daily, hourly rows are read for capacity only: an anomaly of usage does not drop them."""
    hourly = [{**POD, "interval_start": f"2025-11-0{day} 00:00:00", "pod": pod,
               "pod_usage_cpu_core_seconds": float("inf") if (day, pod) == (1, "p2") else 1.0,
               "node_capacity_cpu_core_seconds": 7200.0 if pod == "p2" else 3600.0}
              for day in (1, 2) for pod in ("p1", "p2")]
    daily = support.daily_rows("pod", hourly[:1])
    found = []
    for path_day in (None, 1):  # a file a day, one file
        tree = support.write_tree(tmp_path / str(path_day), {"pod": hourly}, daily={"pod": daily}, path_day=path_day)
        support.costream("run", tree, *NAMED, "--to", tmp_path / "out.csv")
        found.append((tmp_path / "out.csv").read_bytes())
    assert found[0] == found[1]
    capacity = [r["node_capacity_cpu_core_hours"] for r in support.read_output(tmp_path / "out.csv") if r["kind"] == "Pod"]
    assert capacity == [2.0, 2.0]
