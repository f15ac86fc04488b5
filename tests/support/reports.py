"""The four reports: their columns, the golden rows, and how tests write them as CSV and as Parquet trees."""
import csv
import datetime
import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq

SOURCE = "11111111-2222-4333-8444-555555555555"
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
