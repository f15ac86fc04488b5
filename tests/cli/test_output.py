"""What a run leaves on stdout and in what order rows come."""
import json
import os
import resource
import subprocess
import uuid

import pytest

import support

POD = {"node": "n1", "namespace": "ns", "pod": "p1", "pod_usage_cpu_core_seconds": 3600.0, "pod_request_cpu_core_seconds": 1800.0,
       "pod_usage_memory_byte_seconds": 3865470566400.0, "pod_request_memory_byte_seconds": 0.0,
       "node_capacity_cpu_core_seconds": 14400.0, "node_capacity_memory_byte_seconds": 61847529062400.0,
       "node_role": "worker", "resource_id": "i-1", "pod_labels": "label_app:a"}
VOLUME = {"namespace": "ns", "pod": "p1", "persistentvolumeclaim": "c1", "persistentvolume": "v1", "storageclass": "gp3",
          "csi_volume_handle": "h", "persistentvolumeclaim_capacity_bytes": 1e9,
          "persistentvolumeclaim_capacity_byte_seconds": 3.6e12, "volume_request_storage_byte_seconds": 3.6e12,
          "persistentvolumeclaim_usage_byte_seconds": 3.6e12, "persistentvolume_labels": "",
          "persistentvolumeclaim_labels": ""}
NAMED = ["--month", "2025-11", "--source", support.SOURCE]


def rows(base, days=(1, 2), **columns):
    """One row per day and combination of the given columns' values."""
    out = [{"interval_start": f"2025-11-{day:02} 00:00:00", **base} for day in reversed(days)]
    for column, values in columns.items():
        out = [{**row, column: value} for value in values for row in out]
    return out


@pytest.fixture
def tree(tmp_path):
    reports = {"pod": rows(POD, node=["n2", "n1", "n10"], namespace=["z", None, "a"]),
               "storage": rows(VOLUME, namespace=["z", "a", "unmounted"], persistentvolumeclaim=["c2", "c1"])}
    return support.write_tree(tmp_path / "tree", reports)


def test_stdout_holds_the_csv_and_nothing_else(command, tree, tmp_path):
    done = command("run", tree, *NAMED, "--to", "-")
    command("run", tree, *NAMED, "--to", tmp_path / "out.csv")
    assert done.stdout == (tmp_path / "out.csv").read_bytes()
    assert support.split_csv(done.stdout.decode())[0][0] == "uuid"


def test_json_is_one_object(command, tree, tmp_path):
    done = command("run", tree, *NAMED, "--to", tmp_path / "out.csv", "--output", "json")
    result = json.loads(done.stdout)
    assert isinstance(result, dict) and "schema_version" in result
    assert {"rows", "reconciliation"} <= result.keys()
    text = json.dumps(result["rows"])
    written = support.read_output(tmp_path / "out.csv")
    for kind in ("Pod", "Storage", "Unallocated"):
        assert str(sum(r["kind"] == kind for r in written)) in text, f"no count of {kind} rows in {text}"


def test_without_to_the_closing_table_is_shown(command, tree):
    done = command("run", tree, *NAMED)
    assert done.stdout and not done.stdout.startswith(b"uuid,")


def test_uuids_are_version_8_distinct_and_the_same_again(command, tree, tmp_path):
    for name in ("one.csv", "two.csv"):
        command("run", tree, *NAMED, "--to", tmp_path / name)
    one, two = (support.read_output(tmp_path / name) for name in ("one.csv", "two.csv"))
    assert [r["uuid"] for r in one] == [r["uuid"] for r in two]
    assert len({r["uuid"] for r in one}) == len(one)
    assert {uuid.UUID(r["uuid"]).version for r in one} == {8}


def test_uuid_depends_on_the_source(command, tmp_path):
    folder = support.write_csvs(tmp_path / "in", {"pod": rows(POD)})
    found = []
    for source in (support.SOURCE, support.SOURCE[:-1] + "6"):
        command("run", folder, "--month", "2025-11", "--source", source, "--to", tmp_path / "out.csv")
        found.append({r["uuid"] for r in support.read_output(tmp_path / "out.csv")})
    assert not found[0] & found[1]


def test_rows_of_one_group_that_look_alike_have_their_own_uuids(command, tmp_path):
    """csi_volume_handle separates groups but is no output column."""
    tree = support.write_tree(tmp_path / "tree", {"storage": rows(VOLUME, csi_volume_handle=["h1", "h2"])})
    command("run", tree, *NAMED, "--to", tmp_path / "out.csv")
    assert len({r["uuid"] for r in support.read_output(tmp_path / "out.csv")}) == 4


def test_order_of_rows(command, tree, tmp_path):
    """Days ascending, then Pod, Storage, Unallocated, then namespace and node, nulls last."""
    command("run", tree, *NAMED, "--to", tmp_path / "out.csv")

    def rank(row):
        kinds = ["Pod", "Storage", "Unallocated"]
        return (row["usage_start"], kinds.index(row["kind"]),
                *((row[c] is None, (row[c] or "").encode()) for c in ("namespace", "node")))
    found = [rank(r) for r in support.read_output(tmp_path / "out.csv")]
    assert found == sorted(found)
    assert len(found) == 2 * (9 + 14 + 3)


def test_rows_option_leaves_kinds_out(command, tree, tmp_path):
    for chosen in (["pod"], ["storage"], ["unallocated"], ["pod", "unallocated"]):
        command("run", tree, *NAMED, "--rows", ",".join(chosen), "--to", tmp_path / "out.csv")
        assert {r["kind"].lower() for r in support.read_output(tmp_path / "out.csv")} == set(chosen)


def test_values_do_not_depend_on_the_rows_chosen(command, tree, tmp_path):
    command("run", tree, *NAMED, "--to", tmp_path / "all.csv")
    whole = support.read_output(tmp_path / "all.csv")
    for kind in ("Pod", "Storage", "Unallocated"):
        command("run", tree, *NAMED, "--rows", kind.lower(), "--to", tmp_path / "out.csv")
        assert support.read_output(tmp_path / "out.csv") == [r for r in whole if r["kind"] == kind]


def test_ids_from_flags_beat_the_reference_file(command, tree, tmp_path):
    reference = support.write_reference(tmp_path / "r.json", {"month": "2025-11", "cluster_id": "file",
                                                              "cluster_alias": "file", "report_period_id": 1})
    command("run", tree, "--reference", reference, "--cluster-id", "flag", "--report-period-id", "7",
            "--to", tmp_path / "out.csv")
    row = support.read_output(tmp_path / "out.csv")[0]
    assert (row["cluster_id"], row["cluster_alias"], row["report_period_id"]) == ("flag", "file", 7)
    assert row["source_uuid"] == support.SOURCE  # from the path


def test_without_reference_data_a_note_says_that_every_key_is_enabled(command, tree, tmp_path):
    done = command("run", tree, *NAMED, "--to", tmp_path / "out.csv")
    assert "enabled" in done.err
    row = next(r for r in support.read_output(tmp_path / "out.csv") if r["kind"] == "Pod")
    assert json.loads(row["pod_labels"]) == {"app": "a"}
    assert row["cluster_id"] is None and row["report_period_id"] is None


@pytest.mark.parametrize("args", [["--help"], ["run", "--help"], ["generate", "--help"], ["bench", "--help"],
                                  ["diff", "--help"], ["init-db", "--help"]])
def test_help(command, args):
    assert len(command(*args).stdout) > 5


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_rows_that_stdout_cannot_take_are_an_error(command, tree):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([support.BINARY, "run", tree, *NAMED, "--to", "-"], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2 and b"No space left" in done.stderr, done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_closing_table_that_stdout_cannot_take(command, tree, tmp_path):
    """An error where it is all that was wanted; a warning where the rows are written already."""
    for target, code in ([], 2), (["--to", tmp_path / "out.csv"], 0):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([support.BINARY, "run", tree, *NAMED, *target], stdout=full, stderr=subprocess.PIPE)
        assert done.returncode == code and b"the output cannot be written" in done.stderr, done.stderr


def test_closed_stdout_is_an_error(command, tree):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([support.BINARY, "run", tree, *NAMED, "--to", "-"], stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert done.returncode == 2 and b"Broken pipe" in done.stderr, done.stderr


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_target_past_the_file_size_limit(command, tree, tmp_path, name):
    def limits():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    done = subprocess.run([support.BINARY, "run", tree, *NAMED, "--to", tmp_path / name], preexec_fn=limits,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert done.returncode == 2 and b"File too large" in done.stderr, done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["tree"], "something was left behind"


@pytest.mark.skipif(support.SANITIZED, reason="a sanitizer needs the address space")
def test_threads_that_cannot_be_started_are_done_without(command, tree, tmp_path):
    command("run", tree, *NAMED, "--threads", "1", "--to", tmp_path / "one.csv")

    def limits():
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    done = subprocess.run([support.BINARY, "run", tree, *NAMED, "--threads", "1024", "--to", tmp_path / "many.csv"],
                          preexec_fn=limits, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert b"of 1024 threads" in done.stderr, done.stderr
    if done.returncode == 0:
        assert (tmp_path / "many.csv").read_bytes() == (tmp_path / "one.csv").read_bytes()
    else:  # the stacks of the threads have left no memory to work with
        assert done.returncode == 1 and b"out of memory" in done.stderr, done.stderr
        assert sorted(p.name for p in tmp_path.iterdir()) == ["one.csv", "tree"], "something was left behind"


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_file_that_is_named_twice_counts_once(command, tree, tmp_path, form):
    inputs = tree if form == "parquet" else support.write_csvs(tmp_path / "in", {"pod": rows(POD)})
    (tmp_path / "link").symlink_to(inputs)
    file = next(p for p in inputs.rglob("*") if p.is_file())
    command("run", inputs, *NAMED, "--to", tmp_path / "once.csv")
    done = command("run", inputs, file, tmp_path / "link", *NAMED, "--to", tmp_path / "twice.csv")
    assert (tmp_path / "twice.csv").read_bytes() == (tmp_path / "once.csv").read_bytes()
    assert "more than once" in done.err


def test_directory_that_links_to_itself_is_read_once(command, tree, tmp_path):
    command("run", tree, *NAMED, "--to", tmp_path / "plain.csv")
    (tree / "loop").symlink_to(".")
    command("run", tree, *NAMED, "--to", tmp_path / "loop.csv")
    assert (tmp_path / "loop.csv").read_bytes() == (tmp_path / "plain.csv").read_bytes()


@pytest.mark.parametrize("name", ["x" * 251 + ".csv", "é" * 125 + ".csv"], ids=["ascii", "utf8"])
def test_target_of_the_longest_name(command, tree, tmp_path, name):
    command("run", tree, *NAMED, "--to", tmp_path / "short.csv")
    command("run", tree, *NAMED, "--to", tmp_path / name)
    assert (tmp_path / name).read_bytes() == (tmp_path / "short.csv").read_bytes()
