"""`run` of several sources: one that fails does not stop the others, and all is told."""
import json
import pathlib
import re
import signal
import subprocess
import time

import pytest

import support
from services.postgres import PASSWORD

SOURCES = [f"00000000-0000-4000-8000-0000000000{i:02}" for i in range(20)]
DAMAGED, SET_WRONG, UNNAMED = SOURCES[3], SOURCES[7], "no-uuid"
POD = {"namespace": "shop", "node": "n1", "pod": "p", "pod_request_cpu_core_seconds": 7200.0,
       "pod_usage_memory_byte_seconds": 0.0, "pod_request_memory_byte_seconds": 0.0, "node_capacity_cpu_cores": 4.0,
       "node_capacity_cpu_core_seconds": 14400.0, "node_capacity_memory_bytes": 1e9,
       "node_capacity_memory_byte_seconds": 3.6e12, "pod_labels": "{}"}


def write(root, sources, month="2025-11"):
    """A tree in which each source has three rows and a use of its own."""
    for number, source in enumerate(sources, 1):
        rows = [{**POD, "interval_start": f"{month}-0{day} 05:00:00", "pod_usage_cpu_core_seconds": 36.0 * number * day}
                for day in (1, 2, 3)]
        support.write_tree(root, {"pod": rows}, source=source, daily=None)
    return root


def config(tmp_path, schema, s3, more=""):
    host, port = re.search(r"@([\d.]+):(\d+)", schema.uri).groups()
    path = tmp_path / "config.yaml"
    path.write_text(f"""
s3: {{bucket: {s3.bucket}}}
postgresql: {{host: {host}, port: {port}, database: costream, user: costream, password: {PASSWORD}, schema: {schema.name}}}
ocp:
  provider_uuid: ${{OCP_PROVIDER_UUID}}
  year: 2025
  month: 11
  parquet_path_pod: data/1234567/OCP/source={{provider_uuid}}/year={{year}}/month={{month}}/*/openshift_pod_usage_line_items
{more}""")
    return path


def report(*args, code=0):
    done = support.costream("run", *args, "--output", "json", code=code)
    found = json.loads(done.stdout)
    assert found["exit_code"] == code
    found["by_source"] = {source["source_uuid"]: source for source in found["sources"]}
    return found, done.err


def test_three_of_twenty_are_broken(schema, s3, command, tmp_path):
    named = [UNNAMED if source == SOURCES[12] else source for source in SOURCES]
    tree = write(tmp_path / "tree", named)
    write(tree, ["99999999-0000-4000-8000-000000000000"], month="2025-10")  # of another month: not asked for
    broken = next(pathlib.Path(tree).glob(f"**/source={DAMAGED}/**/2025-11-02-part-0.parquet"))
    broken.write_bytes(broken.read_bytes()[:-20])
    s3.upload(tree, s3.bucket)
    schema.init()
    path = config(tmp_path, schema, s3, f"sources:\n  {SET_WRONG}: {{performance: {{memory_limit: 1MiB}}}}\n"
                                        f"  {SOURCES[0]}: {{performance: {{use_streaming: false}}}}\n")
    good = [source for source in SOURCES if source not in (DAMAGED, SET_WRONG, SOURCES[12])]
    for source in good:
        support.costream("run", "--config", path, "--source", source)
    alone = schema.snapshot()
    assert len(alone) == 17 * 6
    schema.sql("DELETE FROM {t}")
    for _ in range(2):
        found, err = report("--config", path, "--all-sources", code=2)
        assert schema.snapshot() == alone
        assert (found["done"], found["failed"], found["not_run"]) == (17, 3, 0)
        of = found["by_source"]
        assert sorted(of) == sorted(named)
        assert {source for source in of if of[source]["outcome"] == "done"} == set(good)
        assert of[DAMAGED]["exit_code"] == 3 and "2025-11-02-part-0.parquet" in of[DAMAGED]["error"]
        assert of[SET_WRONG]["exit_code"] == 2 and "too little" in of[SET_WRONG]["error"]
        assert of[UNNAMED]["exit_code"] == 2 and "is none" in of[UNNAMED]["error"]
        for source in (DAMAGED, SET_WRONG, UNNAMED):
            assert f"source {source}: " in err
        assert "3 of 20 sources failed" in err
        # its own setting
        assert of[SOURCES[0]]["mode"] == "in-memory" and of[SOURCES[0]]["mode_reason"] == "asked for"
        assert "threshold" in of[SOURCES[1]]["mode_reason"]
    done = support.costream("run", "--config", path, "-A", code=2)
    table = done.stdout.decode().splitlines()
    assert len(table) == 22 and table[-1] == "20 sources: 17 done, 3 failed"
    assert re.search(rf"^{DAMAGED} .* FAILED \(exit code 3\): .*2025-11-02-part-0.parquet", "\n".join(table), re.M)
    assert re.search(rf"^{SOURCES[0]} +3 +0 +3 .*done$", "\n".join(table), re.M)


def test_a_list_runs_those_in_its_order(command, tmp_path):
    tree = write(tmp_path / "tree", SOURCES[:4])
    out = f"{tmp_path}/out/"
    arguments = [tree, "--month", "2025-11", "--to", out]
    found, _ = report(*arguments, "--source", f"{SOURCES[2]},{SOURCES[0]}", "--source", SOURCES[2])
    assert [source["source_uuid"] for source in found["sources"]] == [SOURCES[2], SOURCES[0]]
    assert sorted(path.name for path in pathlib.Path(out).glob("**/source=*")) == sorted(
        f"source={source}" for source in (SOURCES[0], SOURCES[2]))
    single = support.costream("run", *arguments, "--source", SOURCES[1], "--output", "json")
    assert json.loads(single.stdout)["source_uuid"] == SOURCES[1]


@pytest.mark.parametrize("target", ["DIR/", "sqlite:x.db"])
def test_files_that_hold_several_sources(command, tmp_path, target):
    tree = write(tmp_path / "tree", SOURCES[:3])
    support.costream("run", tree, "--month", "2025-11", "-A", "--to", target, cwd=tmp_path)
    for source in SOURCES[:3]:
        one = tmp_path / "one.csv"
        support.costream("run", tree, "--month", "2025-11", "--source", source, "--to", one)
        support.costream("diff", one, target, "--source", source, cwd=tmp_path)


def test_the_exit_code_is_the_worst(command, tmp_path):
    tree = write(tmp_path / "tree", SOURCES[:3])
    arguments = [tree, "--month", "2025-11"]
    assert report(*arguments, "-A")[0]["done"] == 3
    absent = SOURCES[9]
    found, _ = report(*arguments, "--source", f"{absent},{SOURCES[0]}", code=3)
    assert found["by_source"][absent]["error"].startswith(f"no report of source {absent}")
    path = tmp_path / "config.yaml"
    nobody = "postgresql://u@127.0.0.1:1/db"
    path.write_text(f"sources:\n  {absent}: {{}}\n")  # named, so it has to be there
    found, _ = report(*arguments, "--config", path, "-A", code=3)
    assert (found["done"], found["failed"]) == (3, 1)
    assert report(*arguments, "-A", "--to", nobody, code=75)[0]["failed"] == 3
    assert report(*arguments, "--source", f"{absent},{SOURCES[0]}", "--to", nobody, code=3)[0]["failed"] == 2
    assert "no source found" in support.costream("run", tree, "--month", "2025-10", "-A", code=3).err


@pytest.mark.parametrize("more, said", [
    (["--to", "x.csv"], "a file holds the rows of one source"), (["--to", "-"], "a file holds"),
    (["--to", "postgresql://h/d", "--truncate", "--yes"], "--truncate"),
    (["--validate-expected", "x.csv"], "--validate-expected"), (["--source", "a"], "--source")])
def test_what_is_of_one_source_is_refused(command, tmp_path, more, said):
    assert said in support.costream("run", tmp_path, "-A", *more, code=2).err


def test_a_cluster_is_of_one_source(command, tmp_path):
    tree = write(tmp_path / "tree", SOURCES[:2])
    arguments = [tree, "--month", "2025-11", "-A"]
    found, _ = report(*arguments, "--cluster-id", "c", code=2)
    assert found["failed"] == 2 and "below `sources`" in found["sources"][0]["error"]
    path = tmp_path / "config.yaml"
    path.write_text(f"ocp: {{cluster_id: all}}\nsources:\n  {SOURCES[0]}: {{ocp: {{cluster_id: first}}}}\n")
    found, _ = report(*arguments, "--config", path, code=2)
    assert found["by_source"][SOURCES[0]]["cluster_id"] == "first"
    assert "config.yaml:1 (ocp.cluster_id)" in found["by_source"][SOURCES[1]]["error"]
    reference = support.write_reference(tmp_path / "reference.json", {"cluster_id": "c"})
    assert "of one source" in support.costream("run", *arguments, "--reference", reference, code=2).err


def test_a_signal_leaves_the_rest_undone(schema, command, tmp_path):
    tree = write(tmp_path / "tree", SOURCES[:3])
    schema.init()
    with schema.connect() as other:  # holds the second source's rows
        support.costream("run", tree, "--month", "2025-11", "--source", SOURCES[1], "--to", schema.uri, "--schema", schema.name)
        before = schema.snapshot()
        with other.transaction():
            other.execute(f"SELECT * FROM {schema.table} FOR UPDATE")
            process = subprocess.Popen(
                [str(support.BINARY), "run", str(tree), "--month", "2025-11", "-A", "--to", schema.uri, "--schema", schema.name,
                 "--output", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            deadline = time.monotonic() + 30
            while schema.sql("SELECT count(*) FROM pg_locks WHERE NOT granted") == [(0,)] and time.monotonic() < deadline:
                time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=5)
    found = json.loads(out)
    assert process.returncode == 143 == found["exit_code"] and b"stopped by a signal" in err
    assert [source["outcome"] for source in found["sources"]] == ["done", "failed", "not run"]
    after = schema.snapshot()
    assert len(after) == 12 and set(before) < set(after)
