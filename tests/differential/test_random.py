"""Small random datasets: the command against the oracle, from Parquet and, where nothing is null, from CSV.

COSTREAM_SEEDS=200 runs more seeds, COSTREAM_SEEDS=17-17 just one.
"""
import datetime
import os
import random

import pytest

import support
from differential import matching, oracle


def seeds():
    first, dash, last = os.environ.get("COSTREAM_SEEDS", "30").partition("-")
    return range(int(first), int(last) + 1) if dash else range(int(first))


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


def run(inputs, reference, folder, suffix, *args):
    out = folder / f"out.{suffix}"
    support.costream("run", inputs, "--reference", support.write_reference(folder / "reference.json", reference),
                     "--to", out, *args)
    return support.read_output(out)


@pytest.mark.parametrize("odd", [False, True], ids=["plain", "odd"])
@pytest.mark.parametrize("seed", seeds())
def test_command_equals_oracle(command, seed, odd, tmp_path):
    print(f"seed {seed} (COSTREAM_SEEDS={seed}-{seed} runs it alone)")
    reports, reference = dataset(seed)
    if odd:
        twist(seed, reports)
    chance = random.Random(seed + 10 ** 6)

    # Hourly and daily tables, each of which may lack a day or be absent.
    daily = {}
    for name, rows in reports.items():
        made = support.daily_rows(name, rows)
        days = sorted({r["interval_start"] for r in made})
        lost = set(chance.sample(days, chance.randint(0, len(days))))
        daily[name] = [r for r in made if r["interval_start"] not in lost]
        lost = {d.date() for d in chance.sample(days, chance.choice([0, 0, len(days)])) if d not in lost}
        reports[name] = [r for r in rows if r["interval_start"].date() not in lost]
    forced = chance.choice(["auto", "auto", "hourly", "daily"])
    tables = {**reports, **{name + "_daily": rows for name, rows in daily.items()}}
    start, end = None, None
    if chance.random() < 0.3:
        days = [r["interval_start"].date().isoformat() for r in reports["pod"]]
        start = end = next((d for d in days if d.startswith(reference["month"])), None)
    narrowed = ["--start", start, "--end", end] if start else []
    want = oracle.Summary(tables, reference, start, end, forced).rows()
    tree = support.write_tree(tmp_path / "tree", reports, daily=daily, row_group_size=chance.choice([1, 3, 1000]))
    suffix = chance.choice(["csv", "parquet"])
    matching.assert_same_rows(want, run(tree, reference, tmp_path, suffix, "--usage-from", forced, *narrowed))


@pytest.mark.parametrize("seed", [s for s in seeds() if s % 3 == 0])
@pytest.mark.parametrize("odd", [False, True], ids=["plain", "odd"])
def test_command_equals_oracle_on_csv(command, seed, odd, tmp_path):
    print(f"seed {seed} (COSTREAM_SEEDS={seed}-{seed} runs it alone)")
    reports, reference = dataset(seed)
    if odd:
        twist(seed, reports, csv=True)
    want = oracle.Summary(reports, reference).rows()
    folder = support.write_csvs(tmp_path / "in", {n: r for n, r in reports.items() if r})
    matching.assert_same_rows(want, run(folder, reference, tmp_path, "csv"))
