"""`costream bench`: what it measures and leaves; none of its times is judged."""
import json
import os
import signal
import subprocess
import time

import pytest

import support

MODES = ["streaming", "in-memory"]
NUMBERS = ["wall_s", "cpu_s", "rows_per_s", "peak_memory_bytes", "rows_in", "rows_out"]


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """TMPDIR of the command; empty again after the test."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    assert list(folder.iterdir()) == [], "something was left in TMPDIR"


def bench(command, tmp_path, *args, **options):
    """What was printed, and the JSON."""
    done = command("bench", *args, "--output", tmp_path / "bench.json", **options)
    return done.stdout.decode(), json.loads((tmp_path / "bench.json").read_text())


def test_both_modes_are_measured_and_compared(command, tmp_path, scratch):
    printed, found = bench(command, tmp_path, "--rows", "1K,10k")
    assert found["schema_version"] == 1
    assert [(r["rows"], r["mode"]) for r in found["results"]] == [(n, m) for n in (1000, 10000) for m in MODES]
    for result in found["results"]:
        assert result["status"] == "done" and result["version"] and result["machine"] and result["threads"] >= 1
        assert all(result[name] > 0 for name in NUMBERS), result
        assert result["rows_in"] >= result["rows"]
    for streaming, in_memory in zip(found["results"][::2], found["results"][1::2]):
        for name in ("rows_in", "rows_out", "threads"):
            assert streaming[name] == in_memory[name], name
    assert "Memory before and after" in printed
    assert sum(line.split()[:1] == ["10K"] for line in printed.splitlines()) == 3  # a line a run, one that compares


@pytest.mark.parametrize("streaming, mode", [("true", "streaming"), ("false", "in-memory")])
def test_one_mode_alone(command, tmp_path, scratch, streaming, mode):
    printed, found = bench(command, tmp_path, "--rows", "1K", "--streaming", streaming, "--threads", "1", "--seed", "7")
    assert [(r["mode"], r["threads"]) for r in found["results"]] == [(mode, 1)] and found["seed"] == 7
    assert "Memory before and after" not in printed


def test_the_counts_are_those_of_a_run(command, tmp_path, scratch):
    _, found = bench(command, tmp_path, "--rows", "10K", "--streaming", "true")
    command("generate", "--rows", "10000", "--out", tmp_path / "month")
    run = json.loads(command("run", tmp_path / "month", "--reference", tmp_path / "month/reference.json",
                             "--output", "json").stdout)
    assert found["results"][0]["rows_in"] == run["input"]["rows"]
    assert found["results"][0]["rows_out"] == sum(run["rows"].values())


def test_without_output_there_is_the_table_alone(command, tmp_path, scratch):
    done = command("bench", "--rows", "1K", cwd=tmp_path)
    assert b"streaming" in done.stdout and b"in-memory" in done.stdout
    assert [p.name for p in tmp_path.iterdir()] == ["scratch"]


def test_months_in_dir_are_kept_and_used_again(command, tmp_path, scratch):
    kept = tmp_path / "a" / "kept"
    args = ["--rows", "1K", "--streaming", "true", "--dir", kept, "--provider-uuid", support.SOURCE]
    _, first = bench(command, tmp_path, *args)
    month, = kept.iterdir()
    reference = month / "reference.json"
    assert json.loads(reference.read_text())["source_uuid"] == first["provider_uuid"] == support.SOURCE
    before = reference.stat()
    _, again = bench(command, tmp_path, *args)
    assert list(kept.iterdir()) == [month]
    assert (reference.stat().st_ino, reference.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert again["results"][0]["rows_out"] == first["results"][0]["rows_out"]


@pytest.mark.skipif(support.SANITIZED, reason="sanitizers have their own need of memory")
def test_an_in_memory_run_that_does_not_fit_is_a_result(command, tmp_path, scratch):
    printed, found = bench(command, tmp_path, "--rows", "1M", "--memory-limit", "80MiB")
    streaming, in_memory = found["results"]
    assert (streaming["status"], in_memory["status"]) == ("done", "exceeds_memory_limit")
    assert in_memory["memory_limit_bytes"] == 80 * 2 ** 20 and all(in_memory[name] is None for name in NUMBERS)
    assert "needs more than 80 MiB" in printed and "> 80.0" in printed


@pytest.mark.parametrize("args, says", [
    (["--rows", "10X"], "--rows"), (["--rows", "0"], "--rows"), (["--rows", "many"], "--rows"),
    (["--rows", "9999999999999M"], "--rows"),
    (["--streaming", "maybe"], "{true,false}"), (["--provider-uuid", "a/b"], "--provider-uuid"),
    (["--provider-uuid", ".."], "--provider-uuid"), (["--threads", "0"], "--threads"),
    (["--memory-limit", "1MiB"], "the least is"), (["--output", "absent/x.json"], "--output absent/x.json"),
    (["--output", "."], "--output ."), (["--dir", "/proc/absent"], "--dir /proc/absent")])
def test_bad_options(command, tmp_path, scratch, args, says):
    done = command("bench", *(args if "--rows" in args else ["--rows", "1K", *args]), code=2, cwd=tmp_path)
    assert says in done.err


def test_a_month_that_cannot_be_read_is_an_error_and_leaves_the_output(command, tmp_path, scratch):
    args = ["bench", "--rows", "1K", "--streaming", "true", "--dir", tmp_path / "kept", "--output", tmp_path / "bench.json"]
    command(*args)
    before = (tmp_path / "bench.json").read_bytes()
    for path in (tmp_path / "kept").rglob("*.parquet"):
        path.write_bytes(b"damaged")
    done = command(*args, code=3)
    assert "1000 rows in streaming mode" in done.err and ".parquet" in done.err
    assert (tmp_path / "bench.json").read_bytes() == before
    assert len(list((tmp_path / "kept").iterdir())) == 1 and len(list(tmp_path.glob(".*"))) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_and_its_process_and_removes_all(command, tmp_path, scratch, number):
    target = tmp_path / "bench.json"
    process = subprocess.Popen([support.BINARY, "bench", "--rows", "500M", "--output", target], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    for _ in range(3000):
        if next(scratch.rglob("*.parquet"), None) or process.poll() is not None:
            break
        time.sleep(0.01)
    children = open(f"/proc/{process.pid}/task/{process.pid}/children").read().split()
    process.send_signal(number)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 128 + number and b"stopped by a signal" in error
    assert children and not any(os.path.exists(f"/proc/{child}") for child in children)
    assert not target.exists() and [p.name for p in tmp_path.iterdir()] == ["scratch"]
