"""Summaries, read strictly (null is not the empty string), and compared."""
import json
import pathlib
import subprocess
import sys

import pyarrow.parquet as pq

GIB = 2 ** 30
OUT_KEYS = ["data_source", "usage_start", "usage_end", "namespace", "node", "resource_id", "persistentvolumeclaim",
            "persistentvolume", "storageclass", "pod_labels", "volume_labels", "all_labels", "cost_category_id",
            "infrastructure_usage_cost", "report_period_id", "cluster_id", "cluster_alias", "source_uuid"]
OUT_MEASURES = [
    "pod_usage_cpu_core_hours", "pod_request_cpu_core_hours", "pod_effective_usage_cpu_core_hours",
    "pod_limit_cpu_core_hours", "pod_usage_memory_gigabyte_hours", "pod_request_memory_gigabyte_hours",
    "pod_effective_usage_memory_gigabyte_hours", "pod_limit_memory_gigabyte_hours", "node_capacity_cpu_cores",
    "node_capacity_cpu_core_hours", "node_capacity_memory_gigabytes", "node_capacity_memory_gigabyte_hours",
    "cluster_capacity_cpu_core_hours", "cluster_capacity_memory_gigabyte_hours",
    "persistentvolumeclaim_capacity_gigabyte", "persistentvolumeclaim_capacity_gigabyte_months",
    "volume_request_storage_gigabyte_months", "persistentvolumeclaim_usage_gigabyte_months"]
JSON_COLUMNS = {"pod_labels", "volume_labels", "all_labels", "infrastructure_usage_cost"}


def split_csv(text):
    """Records of a CSV text: an unquoted empty field is None, `""` is the empty string."""
    records, record, field, quoted, i, n = [], [], [], False, 0, len(text)

    def end_field():
        value = "".join(field)
        record.append(value if value or quoted else None)
        field.clear()
    while i < n:
        c = text[i]
        if c == '"':
            assert not field, f"a quote inside an unquoted field at {i}"
            quoted, i = True, i + 1
            while True:
                end = text.index('"', i)
                field.append(text[i:end])
                if text[end + 1:end + 2] != '"':
                    i = end + 1
                    break
                field.append('"')
                i = end + 2
            assert text[i:i + 1] in (",", "\n", "\r", ""), f"text after a closing quote at {i}"
            continue
        if c in ",\n":
            end_field()
            quoted = False
            if c == "\n":
                records.append(record)
                record = []
        elif c != "\r":
            field.append(c)
        i += 1
    assert not record and not field, "the last line has no end"
    return records


def read_output(path):
    """Rows of a CSV or Parquet output as dicts: measures float, ids int, dates ISO text, the rest text; None is null."""
    path = pathlib.Path(path)
    if path.suffix == ".parquet":
        rows = pq.ParquetFile(path).read().to_pylist()
    else:
        header, *records = split_csv(path.read_bytes().decode("utf-8"))
        assert all(len(r) == len(header) for r in records), "a line has another number of fields than the header"
        rows = [dict(zip(header, r)) for r in records]
    return [typed(row) for row in rows]


def typed(row):
    """A row as read_output gives it."""
    for column in OUT_MEASURES:
        row[column] = None if row[column] is None else float(row[column])
    for column in ("cost_category_id", "report_period_id"):
        row[column] = None if row[column] is None else int(row[column])
    for column in ("usage_start", "usage_end"):
        row[column] = str(row[column])[:10]
    row["source_uuid"], row["uuid"] = str(row["source_uuid"]), str(row["uuid"])
    row["kind"] = "Unallocated" if row["data_source"] == "Pod" and row["pod_labels"] is None else row["data_source"]
    return row


def near(want, have, scale=0.0):
    if want is None or have is None:
        return want is have
    return abs(float(want) - have) <= max(1e-9 * max(abs(float(want)), abs(have), scale), 1e-12)


def same_value(column, want, have, scale=0.0):
    if column in OUT_MEASURES:
        return near(want, have, scale)
    if column in JSON_COLUMNS and want is not None and have is not None:
        return (json.loads(want) if isinstance(want, str) else want) == json.loads(have)
    return want == have


def compare_golden(golden, name, actual):
    """Fails unless `actual` (CSV or Parquet) holds the rows that the golden folder expects."""
    done = subprocess.run([sys.executable, str(golden / "compare.py"), str(golden / name / "expected.csv"), str(actual)],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    # compare.py takes an empty CSV field for null or empty alike; here the two must be told apart.
    want = split_csv((golden / name / "expected.csv").read_text(encoding="utf-8"))
    header, rows = want[0], want[1:]
    texts = ["namespace", "node", "resource_id", "persistentvolumeclaim", "persistentvolume", "storageclass"]
    index = [header.index(c) for c in texts]
    expected = sorted(repr([None if r[i] == "\\N" else r[i] or "" for i in index]) for r in rows)
    assert expected == sorted(repr([r[c] for c in texts]) for r in read_output(actual))
