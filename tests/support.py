"""What the Python tests share: run the command, write its inputs, read its outputs strictly (null is not empty)."""
import csv
import datetime
import gzip
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = pathlib.Path(os.environ.get("COSTREAM_BIN") or ROOT / "build/release/costream")
SANITIZED = bool({"asan", "tsan"} & set(BINARY.parts))  # such a build reserves terabytes of address space
# What a sanitizer adds is not the run's memory; ThreadSanitizer is to see many threads.
WATCHED_FLAGS = [f"--memory-limit={8 << 30}"] if SANITIZED else []
WATCHED_FLAGS += ["--threads=8"] if "tsan" in BINARY.parts else []
SHARED = pathlib.Path(os.environ.get("COSTREAM_SHARED") or ROOT.parent / "shared")
GOLDEN = SHARED / "golden"
GOLDEN_NAMES = ["mixed_202502", "ocp_report_0_template", "ocp_report_1", "ocp_report_7", "ocp_report_advanced",
                "ocp_report_ros_0", "operator_202011", "today_ocp_report_tiers_0", "today_ocp_report_tiers_1"]
SOURCE = "11111111-2222-4333-8444-555555555555"
GIB = 2 ** 30

TABLES = {"pod": "openshift_pod_usage_line_items", "storage": "openshift_storage_usage_line_items",
          "node": "openshift_node_labels_line_items", "namespace": "openshift_namespace_labels_line_items"}
FILES = {"pod": "pod_usage", "storage": "storage_usage", "node": "node_labels", "namespace": "namespace_labels"}
TIMES = ["report_period_start", "report_period_end", "interval_start", "interval_end"]
EFFECTIVE = ["pod_effective_usage_cpu_core_seconds", "pod_effective_usage_memory_byte_seconds"]
MEASURES = {
    "pod": ["pod_usage_cpu_core_seconds", "pod_request_cpu_core_seconds", "pod_limit_cpu_core_seconds",
            "pod_usage_memory_byte_seconds", "pod_request_memory_byte_seconds", "pod_limit_memory_byte_seconds",
            "node_capacity_cpu_cores", "node_capacity_cpu_core_seconds", "node_capacity_memory_bytes",
            "node_capacity_memory_byte_seconds"],
    "storage": ["persistentvolumeclaim_capacity_bytes", "persistentvolumeclaim_capacity_byte_seconds",
                "volume_request_storage_byte_seconds", "persistentvolumeclaim_usage_byte_seconds"],
    "node": [], "namespace": []}
ALL_MEASURES = {c for columns in MEASURES.values() for c in columns} | set(EFFECTIVE)
DAILY_KEYS = {
    "pod": ["namespace", "node", "pod", "pod_labels"],
    "storage": ["namespace", "node", "pod", "persistentvolumeclaim", "persistentvolume", "storageclass", "csi_driver",
                "csi_volume_handle", "persistentvolume_labels", "persistentvolumeclaim_labels"],
    "node": ["node", "node_labels"], "namespace": ["namespace", "namespace_labels"]}
COLUMNS = {"pod": TIMES + DAILY_KEYS["pod"] + MEASURES["pod"] + ["node_role", "resource_id"],
           "storage": TIMES + DAILY_KEYS["storage"] + MEASURES["storage"],
           "node": TIMES + DAILY_KEYS["node"], "namespace": TIMES + DAILY_KEYS["namespace"]}

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


# ---------------------------------------------------------------- the command
LOG_KEYS = ["ts", "level", "msg", "tracing_id", "schema", "source", "month", "phase", "rows", "ms"]
# What tests use as passwords and keys, and no output may hold.
SECRETS = ["costream-test-secret", "Pg-Pa55w0rd", "se:cr@et", "p%40ss", "trino-pw"]


class WatchedPopen(subprocess.Popen):
    """A process whose output is looked through for secrets where it is collected: communicate(), run()."""

    def communicate(self, *args, **options):
        outputs = super().communicate(*args, **options)
        for output in outputs:
            text = output.encode() if isinstance(output, str) else output or b""
            for secret in SECRETS:
                assert secret.encode() not in text, f"the output of {self.args} holds a secret"
        return outputs


def absent(message):
    """Skips a test for want of its data; in CI it fails."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)


def log_lines(stderr):
    """The lines of a JSON log; fails unless each is an object with the keys that docs/operating.md promises."""
    lines = [json.loads(line) for line in stderr.decode("utf-8").splitlines()]
    for line in lines:
        assert list(line) == LOG_KEYS, line
    return lines


def costream(*args, code=0, cwd=None):
    """Runs `costream ARGS`; fails unless the exit status is `code` (None: any).

    The result has the lines of its log as `log` and their messages as `err`; of a log that a config file or flag made text,
    `err` is the text.
    """
    if args[:1] == ("run",) and not {"--threads", "--memory-limit", "--config"} & {*map(str, args)}:
        args = *args, *WATCHED_FLAGS
    command = [str(BINARY), *(arg if isinstance(arg, bytes) else str(arg) for arg in args)]
    done = subprocess.run(command, capture_output=True, timeout=300, cwd=cwd)
    done.err = done.stderr.decode("utf-8", "replace")
    if done.stderr.startswith(b"{") and done.returncode >= 0:
        done.log = log_lines(done.stderr)
        done.err = "".join(line["msg"] + "\n" for line in done.log)
    if code is not None:
        assert done.returncode == code, (f"{' '.join(map(str, command))}\nexit {done.returncode}, expected {code}\n"
                                         f"stderr: {done.err[-4000:]}")
    return done


# ---------------------------------------------------------------- rows in
def moment(value):
    """A time as a naive UTC datetime; takes the operator's spelling, ISO and datetimes."""
    if value is None or isinstance(value, datetime.datetime):
        return value
    return datetime.datetime.fromisoformat(value.replace(" +0000 UTC", "").replace("Z", ""))


def read_reports(folder):
    """The hourly rows of a golden csv folder: measures as float (an empty cell is 0), times as datetime."""
    reports = {}
    for name, stem in FILES.items():
        path = folder / f"{stem}.csv"
        opener = open if path.exists() else gzip.open
        with opener(path if path.exists() else f"{path}.gz", "rt", encoding="utf-8", newline="") as f:
            rows = []
            for row in csv.DictReader(f):
                for column in MEASURES[name]:
                    if column in row:
                        row[column] = float(row[column] or 0)
                for column in TIMES:
                    row[column] = moment(row[column])
                rows.append(row)
        reports[name] = rows
    return reports


def daily_rows(report, hourly):
    """The daily table that a platform makes of these hourly rows (spec/inputs.md, "The daily tables")."""
    groups = {}
    for row in hourly:
        row = dict(row)
        if report == "pod":
            for what, unit in (("cpu", "core"), ("memory", "byte")):
                sides = [row.get(f"pod_{side}_{what}_{unit}_seconds") for side in ("usage", "request")]
                own = f"pod_effective_usage_{what}_{unit}_seconds"
                if row.get(own) is None:
                    row[own] = max((s for s in sides if s is not None), default=None)
        row["interval_start"] = moment(row["interval_start"]).replace(hour=0, minute=0, second=0, microsecond=0)
        key = (row["interval_start"], *(row.get(c) for c in DAILY_KEYS[report]))
        groups.setdefault(key, []).append(row)
    out = []
    for rows in groups.values():
        made = {}
        for column in rows[0]:
            values = [r[column] for r in rows if r.get(column) is not None]
            made[column] = None if not values else sum(values) if column.endswith("_seconds") else max(values)
        out.append(made)
    return out


# ---------------------------------------------------------------- writing inputs
def cell(value):
    if value is None:
        return b""
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S +0000 UTC").encode()
    data = value if isinstance(value, bytes) else (repr(value) if isinstance(value, float) else str(value)).encode()
    return b'"' + data.replace(b'"', b'""') + b'"' if any(c in data for c in b'",\n\r') else data


def csv_text(rows, columns):
    return b"".join(b",".join(line) + b"\n" for line in
                    [[c.encode() for c in columns], *([cell(r.get(c)) for c in columns] for r in rows)])


def write_csv(path, rows, columns):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(csv_text(rows, columns))
    return path


def write_csvs(folder, reports):
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in reports.items():
        columns = list(dict.fromkeys(c for r in rows for c in r)) or COLUMNS[name]
        rows = [{**r, **{c: moment(r[c]) for c in TIMES if c in r}} for r in rows]
        write_csv(folder / f"{FILES[name]}.csv", rows, columns)
    return folder


def array(values, kind):
    """A column of the named kind: string, binary, large_string, dictionary, double, int32, timestamp_ms_utc, null, ..."""
    if kind == "null":
        return pa.nulls(len(values))
    if kind.startswith("timestamp"):
        _, unit, *zone = kind.split("_")
        return pa.array([moment(v) for v in values], pa.timestamp(unit, "UTC" if zone else None))
    if kind == "time_string":
        return pa.array([None if v is None else cell(moment(v)).decode() for v in values], pa.string())
    if kind == "iso_string":
        return pa.array([None if v is None else moment(v).isoformat() + "Z" for v in values], pa.string())
    if kind in ("string", "large_string", "dictionary", "binary"):
        raw = [None if v is None else v if isinstance(v, bytes) else str(v).encode() for v in values]
        if kind == "large_string":
            return pa.array(raw, pa.large_binary()).view(pa.large_string())
        text = pa.array(raw, pa.binary())
        text = text if kind == "binary" else text.view(pa.string())  # a view: invalid UTF-8 passes
        return text.dictionary_encode() if kind == "dictionary" else text
    if kind == "decimal":
        return pa.array([None if v is None else pa.scalar(str(v)).cast(pa.decimal128(38, 9)).as_py() for v in values],
                        pa.decimal128(38, 9))
    number = {"double": pa.float64(), "float": pa.float32(), "int32": pa.int32(), "int64": pa.int64()}[kind]
    convert = int if kind.startswith("int") else float
    return pa.array([None if v is None else convert(v) for v in values], number)


def table_of(rows, columns, types=()):
    types = dict(types)

    def kind(column):
        default = "double" if column in ALL_MEASURES else "timestamp_ms" if column in TIMES else "string"
        return types.get(column, default)
    return pa.table({c: array([r.get(c) for r in rows], kind(c)) for c in columns})


def folder_of(layout, org, source, day, table):
    """Where a table of that day lies."""
    month = f"source={source}/year={day.year}/month={day.month:02}"
    if layout == "flat":
        return f"data/{org}/OCP/{month}/day={day.day:02}/{table}"
    report = next(name for name, hourly in TABLES.items() if table in (hourly, hourly + "_daily"))
    return f"data/parquet/{'daily/' if table.endswith('_daily') else ''}{org}/OCP/{FILES[report]}/{month}"


def write_tree(root, reports, daily="made", hourly=True, daily_parts=1, source=SOURCE, org="1234567", types=None,
               omit=None, path_day=None, layout="flat", **options):
    """A tree of that layout below `root`, one file per table and day (`daily_parts` of them for daily tables).

    daily: "made" groups the hourly rows, None writes no daily table, a dict holds the rows of each report.
    types, omit: per report, the kind of a column and the columns to leave out. path_day: puts all rows of a table
    into one file below that day. options go to write_table.
    """
    tables = []
    for name, rows in reports.items():
        parts = [rows[i::daily_parts] for i in range(daily_parts)]
        if daily == "made":
            tables += [(name, TABLES[name] + "_daily", daily_rows(name, p), i) for i, p in enumerate(parts)]
        if hourly:
            tables.append((name, TABLES[name], rows, 0))
    if isinstance(daily, dict):
        tables += [(name, TABLES[name] + "_daily", rows, 0) for name, rows in daily.items()]
    for name, table, rows, part in tables:
        columns = [c for c in dict.fromkeys(c for r in rows for c in r) if c not in (omit or {}).get(name, ())]
        days = {}
        for row in rows:
            day = moment(row["interval_start"]).date()
            days.setdefault(day.replace(day=path_day) if path_day else day, []).append(row)
        for day, of_day in days.items():
            folder = root / folder_of(layout, org, source, day, table)
            folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(table_of(of_day, columns, (types or {}).get(name, {})),
                           folder / f"{day}-part-{part}.parquet", **options)
    root.mkdir(parents=True, exist_ok=True)
    return root


def write_reference(path, reference):
    path.write_text(json.dumps(reference), encoding="utf-8")
    return path


# ---------------------------------------------------------------- operator payloads
def manifest_of(uuid, files, **more):
    return {"uuid": uuid, "cluster_id": "golden-cluster", "version": "3.3.2", "date": "2025-12-01T00:00:00.123456789Z",
            "files": list(files), **more}


def tar_bytes(members):
    """A tar archive of (name, bytes) pairs, or of tarfile.TarInfo with or without bytes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            if data is not None:
                info.size = len(data)
            tar.addfile(info, None if data is None else io.BytesIO(data))
    return out.getvalue()


def write_payload(path, manifest, files, manifest_last=True):
    """A payload of CSV texts by name; `manifest` is a dict, bytes, or None for none."""
    members = list(files.items())
    if manifest is not None:
        text = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        members.insert(len(members) if manifest_last else 0, ("manifest.json", text))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(tar_bytes(members), 6))
    return path


def read_texts(folder):
    """The reports as they are spelled: columns and rows of text, by report."""
    reports = {}
    for report, stem in FILES.items():
        plain = folder / f"{stem}.csv"
        with (open(plain, encoding="utf-8", newline="") if plain.exists()
              else gzip.open(f"{plain}.gz", "rt", encoding="utf-8", newline="")) as f:
            rows = csv.DictReader(f)
            reports[report] = (rows.fieldnames, list(rows))
    return reports


def of_hours(reports, keep):
    """CSV texts by member name, of the rows whose interval_start is kept."""
    return {f"cm-openshift-{FILES[report]}.csv":
            csv_text([r for r in rows if keep(moment(r["interval_start"]))], columns)
            for report, (columns, rows) in reports.items()}


def days_of(reports):
    return sorted({moment(r["interval_start"]).date() for _, rows in reports.values() for r in rows})


def covers(start, end):
    return {"start": start.isoformat() + "Z", "end": end.isoformat() + "Z"}


# ---------------------------------------------------------------- reading outputs
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
