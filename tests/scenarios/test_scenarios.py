"""Runs the YAML files beside it: a new case needs no code here.

One file holds several cases, each with
  name, reason
  reports    per report a list of rows; a row states only what differs from DEFAULTS (interval_start is 2025-11-01 00:00)
  daily      absent: made of the hourly rows; none: no daily tables; or rows per report as above
  hourly     false leaves the hourly tables out
  types      per report, the Parquet type of a column (see support.array); omit: columns to leave out; write: writer options
  reference  merged over REFERENCE; a part that is `absent` is taken out
  args       more arguments of the command
  csv        false: not run through CSV (it is skipped anyway where a value is null or tables and types are given)
  expect     rows: each a subset of one row's columns, measures may be fractions such as 10/720;
             counts: rows by kind; stderr: texts that must stand there
"""
import json
import pathlib
from fractions import Fraction

import pytest
import yaml

import support

HERE = pathlib.Path(__file__).parent
GIB_HOUR = float(support.GIB * 3600)
TIME = {"interval_start": "2025-11-01 00:00:00", "interval_end": "2025-11-01 00:59:59"}
# 1 core-hour and 1 GiB-hour used, half of it requested, twice of it the limit, on a node of 4 cores and 16 GiB;
# a claim of 10 GiB, 5 requested, 1 used.
DEFAULTS = {
    "pod": {**TIME, "namespace": "ns", "node": "n1", "pod": "p1", "pod_usage_cpu_core_seconds": 3600.0,
            "pod_request_cpu_core_seconds": 1800.0, "pod_limit_cpu_core_seconds": 7200.0,
            "pod_usage_memory_byte_seconds": GIB_HOUR, "pod_request_memory_byte_seconds": GIB_HOUR / 2,
            "pod_limit_memory_byte_seconds": GIB_HOUR * 2, "node_capacity_cpu_cores": 4.0,
            "node_capacity_cpu_core_seconds": 14400.0, "node_capacity_memory_bytes": 16.0 * support.GIB,
            "node_capacity_memory_byte_seconds": GIB_HOUR * 16, "node_role": "worker", "resource_id": "i-1",
            "pod_labels": ""},
    "storage": {**TIME, "namespace": "ns", "pod": "p1", "node": "", "persistentvolumeclaim": "c1",
                "persistentvolume": "v1", "storageclass": "gp3", "csi_driver": "ebs", "csi_volume_handle": "h1",
                "persistentvolumeclaim_capacity_bytes": 10.0 * support.GIB,
                "persistentvolumeclaim_capacity_byte_seconds": GIB_HOUR * 10,
                "volume_request_storage_byte_seconds": GIB_HOUR * 5,
                "persistentvolumeclaim_usage_byte_seconds": GIB_HOUR, "persistentvolume_labels": "",
                "persistentvolumeclaim_labels": ""},
    "node": {**TIME, "node": "n1", "node_labels": ""},
    "namespace": {**TIME, "namespace": "ns", "namespace_labels": ""}}
REFERENCE = {"month": "2025-11", "source_uuid": support.SOURCE, "org_id": "1234567", "cluster_id": "c",
             "cluster_alias": "C", "report_period_id": 1,
             "enabled_tag_keys": ["app", "env", "team", "a", "b", "c", "d"], "cost_categories": [], "node_roles": []}


def cases():
    found = []
    for path in sorted(HERE.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            found.append(pytest.param(case, id=f"{path.stem}-{case['name']}"))
    return found


def rows(reports):
    return {name: [{**DEFAULTS[name], **row} for row in given] for name, given in reports.items()}


def reference(case):
    merged = {**REFERENCE, **(case.get("reference") or {})}
    return {k: v for k, v in merged.items() if v != "absent"}


def matches(want, row):
    for column, value in want.items():
        if column in support.OUT_MEASURES and value is not None:
            value = Fraction(str(value))
        if not support.same_value(column, value, row[column], 16.0 if row["kind"] == "Unallocated" else 0.0):
            return False
    return True


def check(case, out, stderr):
    have, expect = support.read_output(out), case["expect"]
    shown = "\n".join(json.dumps({k: v for k, v in row.items() if v is not None}, ensure_ascii=False) for row in have)
    rest = list(have)
    for want in expect.get("rows", []):
        found = next((row for row in rest if matches(want, row)), None)
        assert found is not None, f"{case['reason']}\nno row with {want} in\n{shown}"
        rest.remove(found)
    counts = {kind: sum(row["kind"] == kind for row in have) for kind in ("Pod", "Storage", "Unallocated")}
    for kind, count in (expect.get("counts") or {}).items():
        assert counts[kind] == count, f"{case['reason']}\n{counts[kind]} {kind} rows, expected {count}\n{shown}"
    for text in expect.get("stderr", []):
        assert text in stderr, f"{text!r} is not in stderr: {stderr}"


def run(case, inputs, folder):
    named = support.write_reference(folder / "reference.json", reference(case))
    for name in ("out.csv", "out.parquet"):
        done = support.costream("run", inputs, "--reference", named, "--to", folder / name, *case.get("args", []))
        check(case, folder / name, done.err)


@pytest.mark.parametrize("case", cases())
def test_from_parquet(command, case, tmp_path):
    daily = case.get("daily", "made")
    daily = None if daily == "none" else daily if daily == "made" else rows(daily)
    tree = support.write_tree(tmp_path / "tree", rows(case["reports"]), daily=daily, hourly=case.get("hourly", True),
                              types=case.get("types"), omit=case.get("omit"), **case.get("write", {}))
    run(case, tree, tmp_path)


def csv_can_say(case):
    special = case.get("csv") is False or any(k in case for k in ("daily", "hourly", "types", "write"))
    null = any(v is None for given in case["reports"].values() for row in given for v in row.values())
    return not special and not null


@pytest.mark.parametrize("case", [c for c in cases() if csv_can_say(c.values[0])])
def test_from_csv(command, case, tmp_path):
    omit = case.get("omit", {})
    reports = {name: [{k: v for k, v in row.items() if k not in omit.get(name, ())} for row in given]
               for name, given in rows(case["reports"]).items()}
    run(case, support.write_csvs(tmp_path / "in", reports), tmp_path)
