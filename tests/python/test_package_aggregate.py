"""costream.aggregate and aggregate_streaming over Arrow data and pandas frames."""
import multiprocessing
import os
import signal
import threading
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import reports

import costream
import support

MONTH = {"source": support.SOURCE, "month": "2025-02"}


@pytest.fixture(scope="module")
def pods():
    """A thousand hourly pod rows of three days."""
    rows = []
    for i in range(1000):
        rows.append({"interval_start": pd.Timestamp("2025-02-01") + pd.Timedelta(hours=i % 72), "namespace": f"ns{i % 7}",
                     "node": f"node{i % 3}", "pod": f"pod{i % 21}", "resource_id": f"i-{i % 3}", "node_role": "worker",
                     "pod_labels": '{"app": "a%d"}' % (i % 5), "node_capacity_cpu_core_seconds": 14400.0,
                     "node_capacity_memory_byte_seconds": 1e12, "pod_usage_cpu_core_seconds": i / 7,
                     "pod_request_cpu_core_seconds": float(i % 11), "pod_limit_cpu_core_seconds": None if i % 2 else 5.0,
                     "pod_usage_memory_byte_seconds": i * 1e6, "pod_request_memory_byte_seconds": 1e6})
    return pa.Table.from_pylist(rows)


@pytest.fixture(scope="module")
def expected(pods):
    return costream.aggregate(pods, **MONTH)


@pytest.mark.parametrize("streaming", [True, False], ids=["streaming", "in_memory"])
def test_golden_scenarios(scenario, tmp_path, streaming):
    name, folder, reference = scenario
    call = costream.aggregate_streaming if streaming else costream.aggregate
    table = call(**reports.arrow_tables(folder / "csv"), reference=reference)
    pq.write_table(table, tmp_path / "out.parquet")
    support.compare_golden(folder.parent, name, tmp_path / "out.parquet")


@pytest.mark.parametrize("reader", reports.READERS)
def test_whoever_holds_the_rows_they_are_the_same(pods, expected, reader):
    assert costream.aggregate_streaming(reports.READERS[reader](pods), **MONTH).equals(expected)
    assert costream.aggregate(reports.READERS[reader](pods), **MONTH, threads=2).equals(expected)


def test_daily_tables_give_usage_and_hourly_ones_capacity(month):
    hourly = reports.month_table(month, "openshift_pod_usage_line_items")
    daily = reports.month_table(month, "openshift_pod_usage_line_items_daily")
    rows = costream.aggregate(hourly, pod_usage_daily=daily, reference=month / "reference.json", rows=["pod"])
    files = costream.run(month, reference=month / "reference.json", rows=["pod"]).to_arrow()
    assert rows.select(support.OUT_MEASURES).equals(files.select(support.OUT_MEASURES))


def test_chunks_are_taken_one_by_one(pods):
    made, alive = [], []

    class Chunk(pd.DataFrame):  # knows how many others live
        def __del__(self):
            alive.remove(id(self))

    def watched():
        for chunk in reports.chunks(pods, 50, made):
            chunk = Chunk(chunk)
            alive.append(id(chunk))
            assert len(alive) <= 3, "chunks are collected"
            yield chunk
            del chunk

    costream.aggregate_streaming(watched(), **MONTH)
    assert made == list(range(20))


@pytest.mark.parametrize("to", ["out.parquet", "out.csv", "out/", "sqlite:out.db"])
def test_run_writes_the_rows_of_reports_in_memory(pods, expected, to, tmp_path):
    where = f"sqlite:{tmp_path / 'out.db'}" if to.startswith("sqlite:") else f"{tmp_path}/{to}"
    done = costream.run({"pod_usage": reports.chunks(pods)}, to=where, **MONTH)
    assert sum(done.rows.values()) == len(expected) and done.reconciliation["input_exact"]
    pq.write_table(expected, tmp_path / "expected.parquet")
    assert costream.diff(tmp_path / "expected.parquet", where)["equal"]


def test_run_over_reports_in_memory(pods, expected, month):
    assert costream.run({"pod_usage": pods}, **MONTH).to_arrow().equals(expected)
    hourly, daily = (reports.month_table(month, f"openshift_pod_usage_line_items{table}") for table in ("", "_daily"))
    both = costream.run({"pod_usage": hourly, "pod_usage_daily": daily}, reference=month / "reference.json", rows=["pod"])
    files = costream.run(month, reference=month / "reference.json", rows=["pod"])
    assert both.to_arrow().select(support.OUT_MEASURES).equals(files.to_arrow().select(support.OUT_MEASURES))


def test_run_over_reports_that_cannot_be(pods, tmp_path):
    def failing():
        yield pods.to_pandas()
        raise KeyError("mine")

    out = tmp_path / "out.parquet"
    with pytest.raises(KeyError, match="mine"):
        costream.run({"pod_usage": failing()}, to=out, **MONTH)
    with pytest.raises(costream.ConfigError, match="'pods' is no report; use pod_usage, "):
        costream.run({"pods": pods}, to=out, **MONTH)
    with pytest.raises(costream.ConfigError, match="tasks read files"):
        costream.run({"pod_usage": pods}, to=out, engine="local", **MONTH)
    with pytest.raises(costream.InputError, match="pod_usage"):
        costream.run({"pod_usage": pods.drop_columns(["node"])}, to=out, **MONTH)
    assert not out.exists()


def test_a_column_of_other_types_in_later_chunks(pods, expected):
    frame = pods.to_pandas()
    first, second = frame.iloc[:500].copy(), frame.iloc[500:].copy()
    first["pod_limit_cpu_core_seconds"] = first["pod_limit_cpu_core_seconds"].astype("float32")
    second["namespace"] = second["namespace"].astype("category")
    second["interval_start"] = second["interval_start"].astype("datetime64[s]")
    second["pod_usage_memory_byte_seconds"] = second["pod_usage_memory_byte_seconds"].astype("int64")
    assert costream.aggregate_streaming(iter([first, second]), **MONTH).equals(expected)


def test_a_text_column_without_any_value_in_the_first_chunk(pods):
    frame = pods.to_pandas()
    frame["node_role"] = frame["node_role"].astype(object)
    frame.loc[:499, "node_role"] = None
    rows = costream.aggregate_streaming(iter([frame.iloc[:500], frame.iloc[500:]]), **MONTH, rows=["unallocated"])
    assert rows["namespace"].unique().to_pylist() == ["Worker unallocated"]


def test_nothing_at_all():
    empty = pa.table({name: pa.array([], pa.string()) for name in support.COLUMNS["pod"]})
    assert costream.aggregate_streaming(empty, **MONTH).num_rows == 0
    with pytest.raises(costream.ConfigError, match="no report is given"):
        costream.aggregate(**MONTH)
    with pytest.raises(costream.InputError, match="interval_start"):
        costream.aggregate_streaming(iter([]), **MONTH)


@pytest.mark.parametrize("drop", ["interval_start", "namespace", "pod_usage_cpu_core_seconds"])
@pytest.mark.parametrize("reader", ["pyarrow_table", "pandas_chunks"])
def test_a_missing_column(pods, drop, reader):
    with pytest.raises(costream.InputError, match=f"required column '{drop}'") as caught:
        costream.aggregate_streaming(reports.READERS[reader](pods.drop_columns([drop])), **MONTH)
    assert (caught.value.file, caught.value.column) == ("pod_usage", drop)


@pytest.mark.parametrize("column, value", [("pod_usage_cpu_core_seconds", pa.array([True] * 1000)),
                                           ("namespace", pa.array([1.5] * 1000)), ("interval_start", pa.array([7] * 1000))])
def test_a_column_of_a_type_that_cannot_be_read(pods, column, value):
    wrong = pods.set_column(pods.column_names.index(column), column, value)
    with pytest.raises(costream.InputError, match="has type") as caught:
        costream.aggregate_streaming(wrong, **MONTH)
    assert caught.value.column == column


@pytest.mark.parametrize("reader", ["pyarrow_table", "pandas", "pandas_chunks"])
def test_a_cell_that_is_no_number(pods, reader):
    texts = [str(value) for value in pods["pod_usage_cpu_core_seconds"].to_pylist()]
    texts[3] = "much"
    column = pods.column_names.index("pod_usage_cpu_core_seconds")
    wrong = pods.set_column(column, "pod_usage_cpu_core_seconds", pa.array(texts))
    with pytest.raises(costream.InputError, match="much") as caught:
        costream.aggregate_streaming(reports.READERS[reader](wrong), **MONTH)
    assert (caught.value.row, caught.value.column) == (3, "pod_usage_cpu_core_seconds")


def test_a_column_that_comes_and_goes(pods):
    frame = pods.to_pandas()
    with pytest.raises(costream.InputError, match="chunk 1.*'pod_labels'.*missing") as caught:
        costream.aggregate_streaming(iter([frame, frame.drop(columns="pod_labels")]), **MONTH)
    assert caught.value.column == "pod_labels"
    with pytest.raises(costream.InputError, match="chunk 1.*'pod_labels'.*not in the first"):
        costream.aggregate_streaming(iter([frame.drop(columns="pod_labels"), frame]), **MONTH)


def test_neither_arrow_nor_a_frame():
    with pytest.raises(TypeError, match="pod_usage.*int"):
        costream.aggregate_streaming(iter([1]), **MONTH)


@pytest.mark.parametrize("kind", ["pandas", "arrow"])
def test_an_iterator_that_raises_half_way(pods, kind):
    class Mine(Exception):
        pass

    def failing():
        for number, batch in enumerate(pods.to_batches(max_chunksize=100)):
            if number == 5:
                raise Mine("half-way")
            yield batch.to_pandas() if kind == "pandas" else batch

    with pytest.raises(Mine, match="half-way"):
        costream.aggregate_streaming(failing(), **MONTH)
    with pytest.raises(Mine, match="half-way"):
        costream.aggregate(failing(), **MONTH)


def test_control_c_while_an_iterator_is_read(pods):
    batches = pods.to_batches()

    def endless():
        while True:
            yield from batches

    def interrupt():
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        costream.aggregate_streaming(endless(), **MONTH)
    thread.join()


def test_control_c_while_an_arrow_reader_is_read(pods):
    """No Python code runs between its batches."""
    pieces = pa.concat_tables([pods] * 20_000)
    reader = pieces.to_reader(max_chunksize=1000)
    thread = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        costream.aggregate_streaming(reader, **MONTH)
    thread.join()


def test_threads_side_by_side(pods, expected):
    results = [None] * 4

    def work(i):
        results[i] = costream.aggregate_streaming(reports.chunks(pods, 100), **MONTH)

    threads = [threading.Thread(target=work, args=[i]) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(result.equals(expected) for result in results)


def forked(pods, queue):
    queue.put(costream.aggregate_streaming(reports.chunks(pods, 100), **MONTH).num_rows)


def test_forked_processes(pods, expected):
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    children = [context.Process(target=forked, args=(pods, queue)) for _ in range(2)]
    for child in children:
        child.start()
    assert [queue.get(timeout=60) for _ in children] == [expected.num_rows] * 2
    for child in children:
        child.join(60)


def test_missing_values_of_pandas_are_null(pods):
    frame = pods.to_pandas()
    frame["pod_usage_cpu_core_seconds"] = frame["pod_usage_cpu_core_seconds"].astype("Float64")
    frame.loc[::3, "pod_usage_cpu_core_seconds"] = pd.NA
    frame["pod_request_cpu_core_seconds"] = np.nan
    rows = costream.aggregate_streaming(frame, **MONTH, rows=["pod"])
    assert rows["pod_request_cpu_core_hours"].null_count == rows.num_rows
    total = sum(v for v in rows["pod_usage_cpu_core_hours"].to_pylist() if v is not None)
    assert total == pytest.approx(frame["pod_usage_cpu_core_seconds"].sum() / 3600)
