"""Small random clusters, seeded: hourly rows of the four reports and reference data, nasty in all that the spec names."""
import datetime
import fractions
import math
import random
import struct

import support
from differential import oracle


def labels(chance, keys=("app", "env", "zone", "hidden", "vm_kubevirt_io_name")):
    found = {k: chance.choice(["a", "b", "x:y", 'q"t', "", "é😀", "back\\slash"]) for k in keys if chance.random() < 0.5}
    if chance.random() < 0.5:
        return oracle.canonical(found) if found or chance.random() < 0.5 else ""
    return "|".join(f"label_{k}:{v}" for k, v in found.items())


def dataset(seed):
    """(hourly rows per report, reference); nulls in two seeds of three."""
    chance = random.Random(seed)
    nulls = seed % 3 != 0

    def maybe(value, share=0.1):
        return None if nulls and chance.random() < share else value

    def amount(high):
        return chance.choice([0.0, round(chance.uniform(0, high), 6), float(chance.randint(0, int(high)))])

    year, month = chance.choice([(2025, 11), (2025, 2), (2024, 2)])
    first = datetime.datetime(year, month, chance.choice([1, 10, 26]))
    hours = [first + datetime.timedelta(days=d, hours=h) for d in range(chance.randint(1, 3))
             for h in sorted(chance.sample(range(24), chance.randint(1, 4)))]
    nodes = {f"n{i}": (maybe(f"i-{i}"), maybe(chance.choice(["worker", "master", "infra", ""])), chance.randint(2, 64))
             for i in range(chance.randint(1, 4))}
    nodes[""] = ("", "", 3)
    if nulls:
        nodes[None] = (None, None, 5)
    namespaces = ["a", "b_c", "openshift-x", "", "Worker unallocated", "Network unattributed"][:chance.randint(1, 6)]
    if nulls:
        namespaces.append(None)
    reports = {name: [] for name in support.TABLES}
    pods = [(chance.choice(namespaces), chance.choice(["p1", "p2", "", maybe("p3", 0.5)]), chance.choice(list(nodes)))
            for _ in range(chance.randint(1, 12))]
    claims = [(chance.choice(namespaces), chance.choice(pods)[1] if chance.random() < 0.8 else "absent",
               maybe(chance.choice(["c1", "c2", ""])), maybe(chance.choice(["v1", "v2", "v3", ""])),
               maybe(chance.choice(["gp3", ""])), maybe(chance.choice(["h1", "h2"])))
              for _ in range(chance.randint(0, 8))]
    texts = {key: maybe(labels(chance)) for key in (*pods, *claims)}
    for hour in hours:
        for namespace, pod, node in pods:
            if chance.random() < 0.2:
                continue
            resource, role, cores = nodes[node]
            row = {"interval_start": hour, "namespace": namespace, "node": node, "pod": pod,
                   "pod_labels": texts[namespace, pod, node], "node_role": role, "resource_id": resource,
                   "node_capacity_cpu_cores": maybe(float(cores)), "node_capacity_memory_bytes": maybe(cores * 4e9),
                   "node_capacity_cpu_core_seconds": maybe(cores * float(chance.choice([3600, 1800]))),
                   "node_capacity_memory_byte_seconds": maybe(cores * 4e9 * 3600)}
            for column in support.MEASURES["pod"][:6]:
                row[column] = maybe(amount(9e12 if "byte" in column else 7200))
            reports["pod"].append(row)
        for claim in claims:
            namespace, pod, pvc, volume, storageclass, handle = claim
            row = {"interval_start": hour, "namespace": namespace, "pod": pod, "node": "elsewhere",
                   "persistentvolumeclaim": pvc, "persistentvolume": volume, "storageclass": storageclass,
                   "csi_driver": "ebs", "csi_volume_handle": handle, "persistentvolume_labels": texts[claim],
                   "persistentvolumeclaim_labels": maybe(labels(chance)) if chance.random() < 0.2 else ""}
            for column in support.MEASURES["storage"]:
                row[column] = maybe(amount(9e13))
            reports["storage"].append(row)
        for report, names in (("node", nodes), ("namespace", namespaces)):
            reports[report] += [{"interval_start": hour, report: name, f"{report}_labels": maybe(labels(chance))}
                                for name in names if name is not None and chance.random() < 0.5]
    reference = {"month": f"{year}-{month:02}", "source_uuid": support.SOURCE, "org_id": "1234567",
                 "cluster_id": "random", "cluster_alias": "", "report_period_id": seed, "node_roles": []}
    if chance.random() < 0.8:
        reference["enabled_tag_keys"] = chance.sample(["app", "env", "zone"], chance.randint(0, 3))
    if chance.random() < 0.8:
        patterns = ["%", "a", "b\\_c", "b_c", "_", "openshift-%", "Worker%", "%d", ""]
        reference["cost_categories"] = [{"namespace": p, "cost_category_id": chance.randint(1, 9)}
                                        for p in chance.sample(patterns, chance.randint(0, 5))]
    for node, (resource, _, _) in nodes.items():
        if node and chance.random() < 0.6:
            reference["node_roles"].append({"node": node, "resource_id": chance.choice([resource or "i-9", "i-9"]),
                                            "node_role": chance.choice(["worker", "master", "infra", "other"])})
    return reports, reference


ODD_LABELS = [
    None, "", '""', "{}", " \t{ }", "|", ":", "label_:v", "label_label_app:x", "app", "app:", ":x|app:y|app:z", "label_app:a:b:|env",
    "app:1|label_app:2", "Label_app:x", "label_app :x", "label_app:\u00a0\u2003", "app:\u200b|zone:\u0301", b"app:\xff\xfe|env:\xc3",
    b"app:\xed\xa0\x80", "app:\0|env:a\0b", '{"app":"1","app":"2"}', '  {"app" : "x" }\n', '{"app":1,"env":1.50,"zone":-0.0}',
    '{"app":true,"env":null,"zone":false}', '{"app":{"a":[1, "x", null, {}]},"env":[ ]}', '{"app":"\\ud83d\\ude00"}',
    '{"app":"\\ud83d","env":"\\ude00x"}', '{"app":"\\u0000","a\\u0000":"1"}', b'{"app":"\xff"}', '{"app":"\\u00e9\\/\\n\\t"}',
    '{"":"x","app":""}', '{"a\\u0000":"1","a\ufffd":"2"}', '{"app":12345678901234567890123,"env":-7,"zone":1E+5}', '{"app":1e999,"env":[-0,1E-999]}',
    '{"vm_kubevirt_io_name":"v|w"}', "vm_kubevirt_io_name:v|vm_kubevirt_io_name:", '{"label_app":"x"}', '{"app":"label_app:x|y:z"}']
ODD_NAMES = ["\u00a0", "a ", " a", "A", "a\0", b"a\xff", "a\ufffd", "é", "e\u0301", "a,b\n\"c\"", "openshift-%", "b\\c", "😀", "(null)"]
ODD_AMOUNTS = [-1.0, -0.0, 5e-324, 1e-12, 1e-7, 0.1, 1 / 3, 1e15, 1e18, 1.0000000000000002e18, 1e19, float("inf"), float("-inf"),
               2.0 ** 53 + 2, 123456789.123456789]


def twist(seed, reports, csv=False):
    """Odd texts, amounts, times, repeated and foreign rows, in any order."""
    chance = random.Random(seed + 2 * 10 ** 6)
    renamed = {}
    for name, rows in reports.items():
        for row in rows:
            for column in list(row):
                if column.endswith("_labels") and chance.random() < 0.3:
                    row[column] = chance.choice(ODD_LABELS[1:] if csv else ODD_LABELS)
                elif column in ("namespace", "node", "pod") and row[column] in ("a", "n1", "p1") and seed % 2:
                    row[column] = renamed.setdefault((row[column], chance.randrange(3)), chance.choice(ODD_NAMES))
                elif column in oracle.LIMITED and chance.random() < 0.04:
                    row[column] = chance.choice(ODD_AMOUNTS)
            if chance.random() < 0.1:
                row["interval_start"] += datetime.timedelta(seconds=chance.choice([1, 59 * 60 + 59]))
        rows += [dict(chance.choice(rows)) for _ in range(chance.choice([0, 0, 3]) if rows else 0)]
        for row in chance.sample(rows, min(len(rows), chance.choice([0, 2]))):
            foreign = datetime.timedelta(days=chance.choice([-31, -400, 31, 400]))
            rows.append({**row, "interval_start": row["interval_start"] + foreign})
        chance.shuffle(rows)
    return reports


def tables(seed, reports):
    """Hourly and daily tables of the rows, each of which may lack a day or be absent: (hourly, daily), by report."""
    chance = random.Random(seed + 10 ** 6)
    hourly, daily = {}, {}
    for name, rows in reports.items():
        made = support.daily_rows(name, rows)
        days = sorted({r["interval_start"] for r in made})
        lost = set(chance.sample(days, chance.randint(0, len(days))))
        daily[name] = [r for r in made if r["interval_start"] not in lost]
        lost = {d.date() for d in chance.sample(days, chance.choice([0, 0, len(days)])) if d not in lost}
        hourly[name] = [r for r in rows if r["interval_start"].date() not in lost]
    return hourly, daily


# How a column may be stored, and the value that such a column then holds.
TEXT_TYPES = ["string", "large_string", "dictionary", "binary"]
TIME_TYPES = ["timestamp_s", "timestamp_ms", "timestamp_us_utc", "timestamp_ns", "time_string", "iso_string"]
NUMBER_TYPES = {"double": float, "string": float, "float": lambda v: struct.unpack("f", struct.pack("f", v))[0], "int64": lambda v: float(round(v)),
                "decimal": lambda v: float(round(fractions.Fraction(v), 9))}


def stored(seed, tables):
    """Types for the columns of some tables; their rows become what columns of those types hold. Optional columns may go.

    Returns (types, omitted columns), by report, as support.write_tree takes them.
    """
    chance = random.Random(seed + 3 * 10 ** 6)
    types, omit = {}, {}
    for name in support.TABLES:
        rows = tables.get(name, []) + tables.get(name + "_daily", [])
        omit[name] = [c for c in OPTIONAL[name] if chance.random() < 0.1]
        types[name] = {"interval_start": chance.choice(TIME_TYPES)}
        for row in rows:
            row.update((c, None) for c in omit[name] if c in row)
        for column in dict.fromkeys(c for r in rows for c in r):
            values = [r[column] for r in rows if r.get(column) is not None]
            if column in support.ALL_MEASURES and chance.random() < 0.3:
                kinds = [k for k in NUMBER_TYPES if k in ("double", "string", "float") or
                         all(math.isfinite(v) and abs(v) < 2.0 ** 62 for v in values)]
                kind = types[name][column] = chance.choice(kinds)
                for row in rows:
                    if row.get(column) is not None:
                        row[column] = NUMBER_TYPES[kind](row[column])
            elif column not in support.ALL_MEASURES and column != "interval_start":
                types[name][column] = "null" if not values and chance.random() < 0.5 else chance.choice(TEXT_TYPES)
    return types, omit


# Columns that an older operator does not have.
OPTIONAL = {"pod": ["pod_limit_cpu_core_seconds", "pod_limit_memory_byte_seconds", "node_role", "resource_id", "pod_labels",
                    "node_capacity_cpu_cores", "node_capacity_memory_bytes"],
            "storage": ["node", "csi_driver", "csi_volume_handle", "storageclass", "persistentvolume"], "node": [], "namespace": []}


def as_csv(reports):
    """The rows as a CSV can spell them: an empty cell is 0 in a measure, the empty string in a text."""
    return {name: [{c: (0.0 if c in support.ALL_MEASURES else "") if v is None else v for c, v in row.items()} for row in rows]
            for name, rows in reports.items()}


def deliveries(seed, reports):
    """The rows as an operator sends them: growing days and additive payloads, late ones, in tarballs that repeat members.

    Returns ([(manifest, {member: (report, rows)}), ...], the rows that count).
    """
    chance = random.Random(seed + 4 * 10 ** 6)
    tarballs, offers = [], []  # offers: (report, day, whole, hours, date, uuid, rows)

    def send(uuid, files, **more):
        date = f"2025-12-{chance.randint(1, 3):02}T00:00:00Z"
        members = {f"{uuid}-{i}.csv": file for i, file in enumerate(files)}
        manifest = support.manifest_of(uuid, [*members, "absent.csv"], **{**more, "date": date})
        names = chance.sample(list(members), len(members))
        cut = chance.randint(0, len(names))
        parts = [names[:cut], names[cut:], chance.sample(names, chance.randint(0, len(names)))]
        tarballs.extend((manifest, {n: members[n] for n in part}) for part in parts if part)
        for name in support.TABLES:
            rows = [r for report, of_file in files if report == name for r in of_file]
            for day in {r["interval_start"].date() for r in rows}:
                of_day = [r for r in rows if r["interval_start"].date() == day]
                whole = more.get("daily_reports", False)
                hours = len({r["interval_start"] for r in of_day})
                if "start" in more:
                    start, end = (support.moment(more[c]) for c in ("start", "end"))
                    midnight = datetime.datetime.combine(day, datetime.time())
                    share = min(end, midnight + datetime.timedelta(days=1)) - max(start, midnight)
                    hours = math.ceil(max(share, datetime.timedelta()) / datetime.timedelta(hours=1))
                offers.append((name, day, whole, hours, date, uuid, of_day))

    days = sorted({r["interval_start"].date() for rows in reports.values() for r in rows})
    for number, day in enumerate(days):
        of_day = {n: [r for r in rows if r["interval_start"].date() == day] for n, rows in reports.items()}
        midnight = datetime.datetime.combine(day, datetime.time())
        whole = chance.random() < 0.6
        for part in range(chance.randint(1, 3)):
            end = midnight + datetime.timedelta(minutes=chance.choice([1, 400, 720, 1440]))
            start = midnight if whole else end - datetime.timedelta(hours=9)
            files = [(n, [r for r in rows if start <= r["interval_start"] < end or (not whole and part == 0)])
                     for n, rows in of_day.items()]
            files += [(n, chance.sample(rows, len(rows) // 2)) for n, rows in files if rows and chance.random() < 0.3]
            files = [(n, rows) for n, rows in files if rows]
            told = support.covers(start, end) if chance.random() < 0.7 else {}
            send(f"u{number}-{part}-{chance.randrange(100)}", files, daily_reports=whole, **told)
    counted = {name: [] for name in support.TABLES}
    for name, day in {(o[0], o[1]) for o in offers}:
        of_day = [o for o in offers if o[:2] == (name, day)]
        whole = [o for o in of_day if o[2]]
        for offer in [max(whole, key=lambda o: (o[3], o[4], o[5]))] if whole else of_day:
            counted[name] += offer[6]
    chance.shuffle(tarballs)
    return tarballs, counted


def parquet_deliveries(seed, reports):
    """Hourly files whose metadata tell the delivery that they are of, and files that tell nothing.

    Returns ([(report, day, metadata, rows), ...], the rows that count).
    """
    chance = random.Random(seed + 6 * 10 ** 6)
    files, counted = [], {name: [] for name in support.TABLES}
    for name, rows in reports.items():
        for day in sorted({r["interval_start"].date() for r in rows}):
            of_day = [r for r in rows if r["interval_start"].date() == day]
            plain = [r for r in of_day if chance.random() < 0.2] if chance.random() < 0.3 else []
            best = None
            for number in chance.sample(range(5, 15), chance.randint(0 if plain else 1, 3)):
                hours = chance.choice([3, 12, 24])
                told = {"manifestid": str(number), "reportdatestart": str(day), "reportnumhours": str(hours)}
                kept = [r for r in of_day if chance.random() < 0.7]
                cut = chance.randint(0, len(kept))
                files += [(name, day, told, part) for part in (kept[:cut], kept[cut:]) if part]
                if kept and (best is None or (hours, number) > best[0]):
                    best = (hours, number), kept
            if plain:
                files.append((name, day, None, plain))
            counted[name] += plain + (best[1] if best else [])
    return files, counted
