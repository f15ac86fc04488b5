"""costream.run and its relatives over files."""
import json
import logging
import multiprocessing
import os
import pathlib
import subprocess
import sys
import textwrap
import threading
import time

import pyarrow.parquet as pq
import pytest

import costream
import support


def test_golden_scenarios(scenario, tmp_path):
    name, folder, reference = scenario
    result = costream.run(folder / "csv", reference=reference)
    pq.write_table(result.to_arrow(), tmp_path / "out.parquet")
    support.compare_golden(folder.parent, name, tmp_path / "out.parquet")
    assert result.reconciliation["input_exact"] and result.reconciliation["capacity_ok"]
    assert sum(result.rows.values()) == result.to_arrow().num_rows == len(result.to_pandas()) == len(result.to_polars())


def test_the_same_rows_as_the_command(month, tmp_path):
    costream.run(month, reference=month / "reference.json", to=tmp_path / "package.parquet")
    command = pathlib.Path(costream.__file__).with_name("bin") / "costream"
    subprocess.run([command, "run", month, "--reference", month / "reference.json", "--to", tmp_path / "command.parquet",
                    "--log-level", "off"], check=True, stdout=subprocess.DEVNULL)
    assert (tmp_path / "package.parquet").read_bytes() == (tmp_path / "command.parquet").read_bytes()


def test_rows_and_days_that_are_asked_for(month):
    result = costream.run(month, reference=month / "reference.json", rows=["unallocated"], start="2025-11-03",
                          end="2025-11-04", cluster_alias="another")
    table = result.to_arrow()
    assert set(map(str, table["usage_start"].unique().to_pylist())) == {"2025-11-03", "2025-11-04"}
    assert table["cluster_alias"].unique().to_pylist() == ["another"]
    assert result.rows == {"pod": 0, "storage": 0, "unallocated": table.num_rows}
    assert set(result.seconds) == {"plan", "aggregate", "commit", "total"}


def test_rows_that_went_to_a_target_are_not_here(month, tmp_path):
    result = costream.run([month], reference=month / "reference.json", to=tmp_path / "out.csv", allow_empty=True)
    with pytest.raises(ValueError, match="were written to .*out.csv"):
        result.to_arrow()


@pytest.mark.parametrize("options, error, words", [
    ({"month": "November"}, costream.ConfigError, "November"),
    ({"rows": ["pods"]}, costream.ConfigError, "'pods' is no kind of row"),
    ({"memory_limit": "a lot"}, costream.ConfigError, "memory-limit"),
    ({"flies": True}, costream.ConfigError, "flies"),
    ({"to": "postgresql://nobody@127.0.0.1:1/none"}, costream.TransientError, "no connection"),
])
def test_options_that_cannot_be_used(month, options, error, words):
    with pytest.raises(error, match=words) as caught:
        costream.run(month, reference=month / "reference.json", **options)
    assert isinstance(caught.value, costream.CostreamError) and caught.value.file is None


def test_an_error_tells_file_line_and_column(tmp_path):
    report = tmp_path / "pods.csv"
    header = [c for c in support.COLUMNS["pod"] if not c.startswith("report_period")]
    row = dict.fromkeys(header, "1") | {"interval_start": "2025-11-01 00:00:00 +0000 UTC", "pod_labels": ""}
    lines = [header, row.values(), (row | {"pod_usage_cpu_core_seconds": "much"}).values()]
    report.write_text("\n".join(",".join(line) for line in lines) + "\n", encoding="utf-8")
    with pytest.raises(costream.InputError) as caught:
        costream.run(report, month="2025-11", source=support.SOURCE)
    error = caught.value
    assert (error.file, error.line, error.column) == (str(report), 3, "pod_usage_cpu_core_seconds")
    assert error.row_group is None and isinstance(error, ValueError)


def test_an_error_tells_row_group_and_row(tmp_path):
    rows = support.read_reports(support.GOLDEN / "mixed_202502/csv")["pod"] if support.GOLDEN.is_dir() else None
    if rows is None:
        support.absent("no golden data")
    import pyarrow as pa
    texts = [dict(row, pod_usage_cpu_core_seconds=str(row["pod_usage_cpu_core_seconds"])) for row in rows]
    texts[45]["pod_usage_cpu_core_seconds"] = "much"
    pq.write_table(pa.Table.from_pylist(texts), tmp_path / "pods.parquet", row_group_size=40)
    with pytest.raises(costream.InputError) as caught:
        costream.run(tmp_path / "pods.parquet", month="2025-02", source=support.SOURCE)
    assert (caught.value.row_group, caught.value.row, caught.value.column) == (1, 5, "pod_usage_cpu_core_seconds")
    with pytest.raises(costream.InputError) as caught:
        costream.run(tmp_path / "absent.parquet", month="2025-02", source=support.SOURCE)
    assert caught.value.file == str(tmp_path / "absent.parquet")


def test_progress(month):
    seen = []
    here = threading.get_ident()
    costream.run(month, reference=month / "reference.json", progress=lambda now: seen.append((now, threading.get_ident())))
    last = seen[-1][0]
    assert last.bytes_done == last.bytes_total > 0 and last.rows > 60_000 and {thread for _, thread in seen} == {here}


def test_an_error_of_the_callback_ends_the_run(month, tmp_path):
    def fail(now):
        raise KeyError("mine")
    with pytest.raises(KeyError, match="mine"):
        costream.run(month, reference=month / "reference.json", to=tmp_path / "out.csv", progress=fail)


def test_a_progress_bar(month, capfd):
    costream.run(month, reference=month / "reference.json", progress=True)
    assert "100%" in capfd.readouterr().err


def test_warnings_go_to_logging(month, caplog):
    with caplog.at_level(logging.INFO, logger="costream"):
        result = costream.run(month, reference={"source_uuid": support.SOURCE, "month": "2025-10"}, source=None)
    assert result.warnings and any(w in caplog.text for w in result.warnings)


def test_threads_run_side_by_side(month):
    results = [None] * 4
    def work(i):
        results[i] = costream.run(month, reference=month / "reference.json").to_arrow()
    workers = [threading.Thread(target=work, args=[i]) for i in range(4)]
    ticks = 0
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        time.sleep(0.001)
        ticks += 1
    assert ticks > 20, "the GIL was held"
    assert all(result.equals(results[0]) for result in results)


def forked(month, queue):
    queue.put(costream.run(month, reference=month / "reference.json", memory_limit="100MiB").to_arrow().num_rows)


def test_a_forked_process_works(month):
    rows = costream.run(month, reference=month / "reference.json").to_arrow().num_rows
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    children = [context.Process(target=forked, args=(month, queue)) for _ in range(2)]
    for child in children:
        child.start()
    assert [queue.get(timeout=60) for _ in children] == [rows, rows]
    for child in children:
        child.join(60)
        assert child.exitcode == 0


INTERRUPTED = """
    import sys, time, threading, _thread, signal, os
    import costream
    def interrupt():
        time.sleep(float(sys.argv[2]))
        interrupt.at = time.monotonic()
        os.kill(os.getpid(), signal.SIGINT)
    threading.Thread(target=interrupt).start()
    try:
        costream.run(sys.argv[1], reference=sys.argv[1] + "/reference.json", to=sys.argv[3])
    except KeyboardInterrupt:
        print(time.monotonic() - interrupt.at)
        sys.exit(42)
"""


def test_control_c_ends_a_run_and_leaves_the_target(tmp_path_factory, tmp_path):
    folder = tmp_path_factory.mktemp("large") / "m"
    costream.generate(folder, rows=1_500_000)
    target = tmp_path / "out.csv"
    target.write_text("as it was", encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(INTERRUPTED), folder, "0.3", target], capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == 42, done.stderr
    assert float(done.stdout) < 1  # second; some 0.1 on two busy processors
    assert target.read_text(encoding="utf-8") == "as it was" and os.listdir(tmp_path) == ["out.csv"]


def test_validate(month, tmp_path):
    costream.run(month, reference=month / "reference.json", to=tmp_path / "a.parquet")
    costream.validate(month, tmp_path / "a.parquet", reference=month / "reference.json")
    with pytest.raises(costream.AnomalyError, match="only there|are not|differ"):
        costream.validate(month, tmp_path / "a.parquet", reference=dict(json.loads((month / "reference.json").read_text()),
                                                                       enabled_tag_keys=[]))


def test_plan_changes_nothing(month, tmp_path):
    plan = costream.plan(month, reference=month / "reference.json", to=tmp_path / "x.parquet")
    assert plan["month"] == "2025-11" and not list(tmp_path.iterdir())
    assert {table["report"] for table in plan["read"]} >= {"pod_usage", "storage_usage"}


def test_explain(month):
    rows = costream.run(month, reference=month / "reference.json", rows=["pod"]).to_pandas()
    row = rows.iloc[0]
    told = costream.explain(month, reference=month / "reference.json", date=row.usage_start, node=row.node,
                            namespace=row.namespace)
    assert told["rows"] and all(r["node"] == row.node for r in told["rows"] if "node" in r)
    with pytest.raises(costream.ConfigError, match="nowhere"):
        costream.explain(month, reference=month / "reference.json", date="2025-11-02", node="nowhere")


def test_diff(month, tmp_path):
    costream.run(month, reference=month / "reference.json", to=tmp_path / "a.parquet")
    costream.run(month, reference=month / "reference.json", to=tmp_path / "b.csv", rows=["pod", "storage"])
    assert costream.diff(tmp_path / "a.parquet", tmp_path / "a.parquet")["equal"]
    assert not costream.diff(tmp_path / "a.parquet", tmp_path / "b.csv", limit=1)["equal"]


def test_generate_and_convert(tmp_path):
    made = costream.generate(tmp_path / "csv", rows=5000, format="csv")
    assert made["hourly_pod_rows"] == 5000
    done = costream.convert(sorted((tmp_path / "csv").glob("*.csv")), tmp_path / "tree", source=support.SOURCE, org="1")
    assert done["input"]["reports"] == made["files"] and done["rows"]["hourly"] >= 5000
    with pytest.raises(costream.CostreamError):
        costream.generate(tmp_path / "csv", rows=5)
