"""`costream explain`: the sums that it shows are those of the expected rows, and the reasons that it gives are true."""
import json
import random
import shutil
import subprocess
import sys
import time

import pytest

import support

sys.path.insert(0, str(support.ROOT / "tests/sinks"))
import month  # noqa: E402

HOURS = [c for c in support.OUT_MEASURES if c.startswith("pod_")]
STORAGE = ["persistentvolumeclaim_capacity_gigabyte", "persistentvolumeclaim_capacity_gigabyte_months",
           "volume_request_storage_gigabyte_months", "persistentvolumeclaim_usage_gigabyte_months"]
CLAIM_KEYS = ["resource_id", "persistentvolumeclaim", "persistentvolume", "storageclass"]


def explain(*args, code=0):
    done = support.costream("explain", *args, "--output", "json", code=code)
    return json.loads(done.stdout) if code in (0, 1) else done.err


def expected_rows(golden, name):
    header, *records = support.split_csv((golden / name / "expected.csv").read_text(encoding="utf-8"))
    for record in records:
        row = {c: None if v == "\\N" else v or "" for c, v in zip(header, record)}
        yield support.typed({**row, "uuid": ""})


def check_pods(want, found):
    """A Pod or Unallocated row and what the files say of it."""
    mine, = [row for row in found["rows"] if row["kind"] == want["kind"] and row["namespace"] == want["namespace"]
             and row["all_labels"] == json.loads(want["all_labels"])]
    for column in HOURS:
        scale = want["node_capacity_cpu_core_hours" if "cpu" in column else "node_capacity_memory_gigabyte_hours"] \
            if want["kind"] == "Unallocated" else 0.0
        assert support.near(want[column], mine["from_input"][column], scale), (want, column)
    assert support.near(want["node_capacity_cpu_core_hours"], found["capacity"]["core_hours"])
    assert support.near(want["node_capacity_memory_gigabyte_hours"], found["capacity"]["gigabyte_hours"])
    # The files' sums are those of the rows: of the Pod rows shown, or of what is taken from the node.
    for column in HOURS:
        files = [f["usage"][column] for f in found["files"] if f["usage"][column] is not None]
        if want["kind"] == "Pod":
            assert support.near(found["pod_rows"]["output"][column], sum(files) if files else None)
        elif want[column] is not None:
            node = found["capacity"]["core_hours" if "cpu" in column else "gigabyte_hours"]
            assert support.near(want[column], node - sum(files), node)
    return mine


def check_storage(want, found):
    """A Storage row and what the files say of its claim."""
    alike = [row for row in found["rows"] if row["kind"] == "Storage" and row["namespace"] == want["namespace"]
             and row["all_labels"] == json.loads(want["all_labels"]) and all(row["storage"][k] == want[k] for k in CLAIM_KEYS)]
    mine = next(row for row in alike if all(support.near(want[c], row["from_input"][c]) for c in STORAGE))
    storage = mine["storage"]
    assert mine["input_rows"] == sum(f["rows"] for f in storage["files"]) > 0
    assert storage["node_count"] == max(1, len(storage["nodes_of_volume"])) and storage["mounted"] == (want["node"] is not None)
    for column in STORAGE:
        files = [f["sums"][column] for f in storage["files"] if f["sums"][column] is not None]
        total = (max if column == STORAGE[0] else sum)(files) if files else None
        share = storage["node_count"] if column in STORAGE[2:] else 1
        assert support.near(want[column], None if total is None else total / share), (want, column)
    return mine


@pytest.mark.parametrize("tree", [False, True], ids=["csv", "daily_and_hourly_parquet"])
def test_sums_equal_the_output_for_random_rows(golden, command, tmp_path, tree):
    rows = [(name, row) for name in support.GOLDEN_NAMES for row in expected_rows(golden, name)]
    inputs = {name: golden / name / "csv" for name in support.GOLDEN_NAMES}
    if tree:
        inputs = {name: support.write_tree(tmp_path / name, support.read_reports(path)) for name, path in inputs.items()}
    random.Random(5).shuffle(rows)
    storage = [item for item in rows if item[1]["kind"] == "Storage"][:70]
    for name, want in [item for item in rows if item[1]["kind"] != "Storage"][:130] + storage:
        narrow = [] if want["namespace"] is None else ["--namespace", want["namespace"]]
        node = [] if want["node"] is None else ["--node", want["node"]]
        found = explain(inputs[name], "--reference", golden / name / "reference.json", "--day", want["usage_start"],
                        *node, *narrow)
        assert found["adds_up"] and all(row["equal"] for row in found["rows"])
        mine = (check_storage if want["kind"] == "Storage" else check_pods)(want, found)
        assert mine["cost_category_id"] == want["cost_category_id"]


def small(tmp_path):
    """Two nodes and hours; node n1 changes its labels at 01:00."""
    times = ["2025-11-01 00:00:00", "2025-11-01 01:00:00"]
    base = {**month.POD, "pod_usage_cpu_core_seconds": 3600.0, "pod_limit_cpu_core_seconds": 7200.0,
            "pod_limit_memory_byte_seconds": 0.0}
    pods = [{"interval_start": t, **base, "pod_labels": "label_app:a|label_secret:x"} for t in times]
    pods += [{"interval_start": times[0], **base, "node": "", "pod": "p2"},
             {"interval_start": times[0], **base, "pod": "p3", "pod_usage_cpu_core_seconds": 2e18},
             {"interval_start": times[0], **base, "node": "n2", "namespace": "other"}]
    nodes = [{"interval_start": times[0], "node": "n1", "node_labels": "label_app:old"},
             {"interval_start": times[1], "node": "n1", "node_labels": "label_app:new|label_zone:z"}]
    namespaces = [{"interval_start": times[0], "namespace": "ns", "namespace_labels": "label_app:b"}]
    folder = support.write_csvs(tmp_path / "in", {"pod": pods, "node": nodes, "namespace": namespaces})
    reference = {"month": "2025-11", "source_uuid": support.SOURCE, "enabled_tag_keys": ["app", "zone"],
                 "cost_categories": [{"namespace": "n%", "cost_category_id": 1}, {"namespace": "ns", "cost_category_id": 2}]}
    return [folder, "--reference", support.write_reference(tmp_path / "reference.json", reference), "--day", "2025-11-01"]


def test_reasons(command, tmp_path):
    found = explain(*small(tmp_path), "--node", "n1", "--namespace", "ns")
    row, = found["rows"]
    assert row["all_labels"] == {"app": "a", "zone": "z"} and row["input_rows"] == 2
    assert row["label_keys"] == {
        "app": {"value": "a", "from": "pod", "beaten": {"node": "new", "namespace": "b"}},
        "zone": {"value": "z", "from": "node", "beaten": {}}}
    assert [(s["labels"], s["holds"], s["last"]) for s in found["node_labels"]] == [
        ({"app": "new", "zone": "z"}, True, "01:00"), ({"app": "old"}, False, "00:00")]
    assert found["namespace_labels"]["ns"][0]["holds"]
    assert found["cost_categories"]["ns"] == [{"pattern": "n%", "id": 1, "wins": False},
                                              {"pattern": "ns", "id": 2, "wins": True}]
    assert found["left_out"]["disabled_label_keys"] == ["secret"]
    file, = [f for f in found["files"] if f["report"] == "pod_usage"]
    assert (file["usage_rows"], file["rows_without_node"], file["anomalous_rows"], file["capacity_rows"]) == (2, 1, 1, 2)
    assert file["usage"]["pod_usage_cpu_core_hours"] == 2 and file["usage"]["pod_limit_cpu_core_hours"] == 4
    assert found["capacity"]["core_hours"] == 8 and found["capacity"]["hours_without"] == list(range(2, 24))
    assert [i["time"] for i in found["capacity"]["intervals"]] == ["00:00", "01:00"]


def test_the_whole_node(command, tmp_path):
    arguments = small(tmp_path)
    found = explain(*arguments, "--node", "n1")
    assert [row["kind"] for row in found["rows"]] == ["Pod", "Unallocated"]
    assert found["rows"][1]["from_input"]["pod_usage_cpu_core_hours"] == 8 - 2
    assert next(f for f in found["files"] if f["report"] == "pod_usage")["rows_without_node"] == 1
    text = support.costream("explain", *arguments, "--node", "n1").stdout.decode()
    assert "totals of the Pod rows: the same" in text and "app=a from the pod, not b of the namespace, not new of the node" in text


def test_storage_rows(command, tmp_path):
    """A volume on two nodes, one claim of a pod that runs nowhere, one hour of two."""
    times = ["2025-11-01 00:00:00", "2025-11-01 01:00:00"]
    pods = [{"interval_start": times[0], **month.POD, "pod_usage_cpu_core_seconds": 1.0, "node": node, "pod": pod, "resource_id": node + "-id"}
            for node, pod in [("n1", "p1"), ("n2", "p2")]]
    claim = {"namespace": "ns", "persistentvolumeclaim": "c1", "persistentvolume": "v", "storageclass": "fast",
             "csi_volume_handle": "h", "persistentvolumeclaim_capacity_bytes": 2.0 * support.GIB,
             "persistentvolumeclaim_capacity_byte_seconds": 30 * 86400.0 * support.GIB,
             "volume_request_storage_byte_seconds": 30 * 86400.0 * support.GIB,
             "persistentvolumeclaim_usage_byte_seconds": 15 * 86400.0 * support.GIB,
             "persistentvolume_labels": "label_app:volume|label_secret:x", "persistentvolumeclaim_labels": "label_app:claim"}
    claims = [{"interval_start": t, **claim, "pod": "p1"} for t in times]
    claims += [{"interval_start": times[0], **claim, "pod": "p2", "persistentvolumeclaim": "c2"},
               {"interval_start": times[0], **claim, "pod": "nowhere", "persistentvolumeclaim": "c3", "persistentvolume": "w"},
               {"interval_start": times[1], **claim, "pod": "p1", "volume_request_storage_byte_seconds": 2e18}]
    folder = support.write_csvs(tmp_path / "in", {"pod": pods, "storage": claims})
    reference = support.write_reference(tmp_path / "reference.json", {
        "month": "2025-11", "source_uuid": support.SOURCE, "enabled_tag_keys": ["app"]})
    arguments = [folder, "--reference", reference, "--day", "2025-11-01"]
    found = explain(*arguments, "--node", "n1")
    row, = [r for r in found["rows"] if r["kind"] == "Storage"]
    assert row["equal"] and row["input_rows"] == 2
    assert row["output"] == row["from_input"] == dict(zip(STORAGE, [2.0, 2.0, 1.0, 0.5]))
    assert row["label_keys"] == {"app": {"value": "claim", "from": "claim", "beaten": {"volume": "volume"}}}
    storage = row["storage"]
    assert (storage["pods"], storage["mounted"], storage["resource_id"], storage["csi_volume_handle"]) == (["p1"], True, "n1-id", "h")
    assert storage["nodes_of_volume"] == ["n1", "n2"] and storage["hours_without"] == list(range(2, 24))
    assert storage["files"][0]["sums"] == dict(zip(STORAGE, [2.0, 2.0, 2.0, 1.0]))
    file, = [f for f in found["files"] if f["report"] == "storage_usage"]
    assert (file["claim_rows"], file["claim_rows_without_node"], file["anomalous_rows"]) == (2, 1, 1)
    assert found["left_out"]["disabled_label_keys"] == ["secret"]
    text = support.costream("explain", *arguments, "--node", "n1").stdout.decode()
    assert "the volume is on 2 nodes (n1, n2): each has its share of request and usage" in text

    found = explain(*arguments)  # without a node
    row, = found["rows"]
    assert row["storage"]["persistentvolumeclaim"] == "c3" and not row["storage"]["mounted"] and found["adds_up"]
    text = support.costream("explain", *arguments).stdout.decode()
    assert "claimed by the pods nowhere: no pod row of the day is theirs" in text


def test_other_tables_and_superseded_files(golden, command, tmp_path):
    tree = support.write_tree(tmp_path / "tree", support.read_reports(golden / "mixed_202502/csv"))
    reference = golden / "mixed_202502/reference.json"
    want = next(r for r in expected_rows(golden, "mixed_202502") if r["kind"] == "Pod")
    found = explain(tree, "--reference", reference, "--day", want["usage_start"], "--node", want["node"])
    assert ("storage_usage", "hourly") in {(t["report"], t["granularity"]) for t in found["left_out"]["not_needed"]}
    by_table = {f["granularity"]: f for f in found["files"] if f["report"] == "pod_usage"}
    assert by_table["daily"]["usage_rows"] > 0 == by_table["daily"]["capacity_rows"]
    assert by_table["hourly"]["capacity_rows"] > 0 == by_table["hourly"]["usage_rows"]

    texts = support.read_texts(golden / "ocp_report_1/csv")
    day = support.days_of(texts)[0]
    files = support.of_hours(texts, lambda time: time.date() == day)
    for number in (1, 2):
        support.write_payload(tmp_path / f"in/{number}.tar.gz", support.manifest_of(
            f"0000000{number}-0000-4000-8000-000000000000", files, daily_reports=True,
            date=f"2025-12-0{number}T00:00:00Z"), files)
    node = next(r for r in expected_rows(golden, "ocp_report_1") if r["kind"] == "Pod" and r["usage_start"] == str(day))["node"]
    found = explain(tmp_path / "in", "--reference", golden / "ocp_report_1/reference.json", "--day", day, "--node", node)
    assert found["left_out"]["superseded"] and all("1.tar.gz" in s["file"] for s in found["left_out"]["superseded"])
    assert found["files"] and all("2.tar.gz" in f["file"] for f in found["files"])


def test_what_is_not_there_is_a_usage_error(command, tmp_path):
    arguments = small(tmp_path)
    assert "that day has n1, n2" in explain(*arguments, "--node", "n3", code=2)
    assert "it has rows of ns" in explain(*arguments, "--node", "n1", "--namespace", "nobody", code=2)
    assert "no Storage row without a node" in explain(*arguments, code=2)
    assert "write it like" in explain(*arguments[:-1], "November", "--node", "n1", code=2)


@pytest.mark.skipif(support.SANITIZED, reason="a sanitizer does not run under strace")
def test_sums_that_do_not_add_up_are_told_and_exit_with_1(command, tmp_path):
    """The input is replaced after the rows are made of it, before explain reads it once more; strace makes time for that."""
    if not shutil.which("strace"):
        support.absent("strace is not installed")
    path, log = tmp_path / "pods.csv", tmp_path / "log"

    def report(seconds, where=path):
        row = {"interval_start": "2025-11-01 00:00:00", **month.POD, "pod_usage_cpu_core_seconds": seconds}
        return support.write_csv(where, [row], list(row))

    def opened():
        return log.read_text().count(f'openat(AT_FDCWD, "{path}"') if log.exists() else 0

    def start(*tampering):
        return support.WatchedPopen(["strace", "-f", "-o", log, "-P", path, "-e", "trace=openat", *tampering, support.BINARY, "explain", path,
                                     "--source", support.SOURCE, "--day", "2025-11-01", "--node", "n1", "--threads", "1", "--output", "json"],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    report(3600.0)
    assert json.loads(start().communicate(timeout=60)[0])["adds_up"]
    last = opened()
    log.unlink()
    process = start("-e", f"inject=openat:delay_enter=3s:when={last}")
    deadline = time.monotonic() + 60
    while opened() < last - 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    report(7200.0, tmp_path / "other.csv").rename(path)
    out, err = process.communicate(timeout=60)
    found = json.loads(out)
    row, = [row for row in found["rows"] if row["kind"] == "Pod"]
    assert process.returncode == 1 and b"the sums of the inputs are not those of the rows" in err, err
    assert not found["adds_up"] and not row["equal"]
    assert (row["output"]["pod_usage_cpu_core_hours"], row["from_input"]["pod_usage_cpu_core_hours"]) == (1, 2)
