"""The daily summary computed the plain way: dicts and exact fractions, one pass per sentence of docs/semantics.md.

Shares no code and no idea with the command; slow and small on purpose. Rows are dicts as support.read_reports
makes them; tables are named pod, pod_daily, storage, storage_daily, node, node_daily, namespace, namespace_daily.
"""
import calendar
import json
import math
import re
from fractions import Fraction

from support import GIB, OUT_KEYS, OUT_MEASURES, moment

HOUR = 3600
NO_COST = {"cpu": 0.0, "memory": 0.0, "storage": 0.0}
LEFT_OUT = {"Platform unallocated", "Worker unallocated", "Network unattributed", "Storage unattributed"}
LIMITED = ["pod_usage_cpu_core_seconds", "pod_request_cpu_core_seconds", "pod_limit_cpu_core_seconds",
           "pod_usage_memory_byte_seconds", "pod_request_memory_byte_seconds", "pod_limit_memory_byte_seconds",
           "node_capacity_cpu_core_seconds", "node_capacity_memory_bytes", "node_capacity_memory_byte_seconds",
           "persistentvolumeclaim_capacity_bytes", "persistentvolumeclaim_capacity_byte_seconds",
           "volume_request_storage_byte_seconds", "persistentvolumeclaim_usage_byte_seconds"]
CAPACITY = ["node_capacity_cpu_core_seconds", "node_capacity_memory_byte_seconds"]


def total(values):
    values = [Fraction(v) for v in values if v is not None]
    return sum(values, Fraction(0)) if values else None


def most(values):
    values = [v for v in values if v is not None]
    if not values:
        return None
    return max(values, key=lambda v: v.encode() if isinstance(v, str) else Fraction(v))


def over(value, *divisors):
    for d in divisors:
        value = None if value is None else Fraction(value) / d
    return value


def canonical(labels):
    return json.dumps(dict(sorted(labels.items(), key=lambda kv: kv[0].encode())), ensure_ascii=False,
                      separators=(",", ":"))


def clean(text):
    """What jsonb refuses becomes U+FFFD."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return re.sub("[\ud800-\udfff\0]", "\ufffd", text) if isinstance(text, str) else text


class Spelled(str):
    """A JSON number as its text."""


def json_text(value):
    if isinstance(value, Spelled):
        return value
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json_text(k)}:{json_text(v)}" for k, v in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def parse_labels(text):
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    if text in (None, "", '""', "{}"):
        return {}
    found = {}
    if text.lstrip(" \t\r\n").startswith("{"):
        text = text.replace("\0", "\ufffd")
        for key, value in json.loads(text, parse_float=Spelled, parse_int=Spelled).items():
            found[clean(key)] = clean(value if isinstance(value, str) else json_text(value))
    else:
        for piece in text.split("|"):
            key, colon, value = piece.partition(":")
            if colon:
                found[clean(key.removeprefix("label_"))] = clean(value)
    return found


def like(pattern, text):
    out, i = "", 0
    while i < len(pattern):
        c = pattern[i]
        if c == "\\":
            i += 1
            out += re.escape(pattern[i])
        else:
            out += ".*" if c == "%" else "." if c == "_" else re.escape(c)
        i += 1
    return re.fullmatch(out, text, re.DOTALL) is not None


class Summary:
    def __init__(self, tables, reference, start=None, end=None, usage_from="auto"):
        self.reference, self.usage_from, self.days = reference, usage_from, {}
        year, month = map(int, reference["month"].split("-"))
        self.month_days = calendar.monthrange(year, month)[1]
        first, last = start or f"{year}-{month:02}-01", end or f"{year}-{month:02}-{self.month_days:02}"
        for name, rows in tables.items():
            for row in rows:
                day = moment(row["interval_start"]).date().isoformat()
                if first <= day <= last:
                    row = {c: v if c.endswith("_labels") else clean(v) for c, v in row.items()}
                    self.days.setdefault(day, {}).setdefault(name, []).append({**row, "daily": name.endswith("_daily")})

    @staticmethod
    def sound(rows, columns):
        """Without the anomalies of these columns, those that the day's rows are read for."""
        def anomalous(row):
            values = [row[c] for c in columns if row.get(c) is not None]
            return any(not math.isfinite(v) or (v > 1e18 and not row["daily"]) for v in values)
        return [row for row in rows if not anomalous(row)]

    def rows(self):
        out = []
        for day in sorted(self.days):
            out += self.rows_of(day, self.days[day])
        return out

    def rows_of(self, day, tables):
        def choose(report, first, second):
            return tables.get(report + first) or tables.get(report + second) or []

        if self.usage_from == "auto":
            pods, volumes = choose("pod", "_daily", ""), choose("storage", "_daily", "")
        else:
            suffix = "_daily" if self.usage_from == "daily" else ""
            pods, volumes = tables.get("pod" + suffix, []), tables.get("storage" + suffix, [])
        counted = choose("pod", "", "_daily")
        if pods is counted or (pods and counted and pods[0]["daily"] == counted[0]["daily"]):
            pods = counted = self.sound(pods, LIMITED)
        else:
            pods = self.sound(pods, [c for c in LIMITED if c not in CAPACITY])
            counted = self.sound(counted, CAPACITY)
        volumes = self.sound(volumes, LIMITED)
        nodes = self.latest(choose("node", "", "_daily"), "node")
        namespaces = self.latest(choose("namespace", "", "_daily"), "namespace")
        capacity = self.capacity(counted)
        pod_rows = self.pod_rows(pods, nodes, namespaces, capacity)
        out = pod_rows + self.storage_rows(pods, volumes, nodes, namespaces)
        out += self.unallocated(pod_rows, pods, capacity)
        same = {c: self.reference.get(c) for c in ("report_period_id", "cluster_id", "cluster_alias", "source_uuid")}
        for row in out:
            row.update(usage_start=day, usage_end=day, cost_category_id=self.category(row["namespace"]), **same)
            labels = {**json.loads(row.get("pod_labels") or "{}"), **json.loads(row.get("volume_labels") or "{}")}
            row["all_labels"] = canonical(labels)
        return [{c: row.get(c) for c in OUT_KEYS + OUT_MEASURES} for row in out]

    def category(self, namespace):
        return most(c["cost_category_id"] for c in self.reference.get("cost_categories") or []
                    if namespace is not None and like(c["namespace"], namespace))

    def enabled(self, text):
        keys = self.reference.get("enabled_tag_keys")
        return {k: v for k, v in parse_labels(text).items() if keys is None or k in keys or k == "vm_kubevirt_io_name"}

    def latest(self, rows, column):
        best = {}
        for row in rows:
            labels = self.enabled(row[f"{column}_labels"])
            rank = (moment(row["interval_start"]), bool(labels), canonical(labels).encode(), labels)
            if row[column] is not None and (row[column] not in best or rank[:3] > best[row[column]][:3]):
                best[row[column]] = rank
        return {name: rank[3] for name, rank in best.items()}

    @staticmethod
    def capacity(pods):
        """{node: (cpu core-seconds, memory byte-seconds)} of the day."""
        cells = {}
        if not (pods and pods[0]["daily"]):
            for row in pods:
                cells.setdefault((row["node"], row["interval_start"]), []).append([row.get(c) for c in CAPACITY])
        else:
            groups = {}
            for row in pods:
                key = (row["node"], row["namespace"], row["pod"], row.get("pod_labels"))
                groups.setdefault(key, []).append([row.get(c) for c in CAPACITY])
            for key, rows in groups.items():
                cells.setdefault((key[0], None), []).append([total(column) for column in zip(*rows)])
        found = {}
        for (node, _), rows in cells.items():
            here = found.setdefault(node, [Fraction(0), Fraction(0)])
            for i, column in enumerate(zip(*rows)):
                here[i] += Fraction(most(column) or 0)
        return found

    def capacity_columns(self, node, capacity):
        own = capacity.get(node, (0, 0))
        every = [sum((c[i] for c in capacity.values()), Fraction(0)) for i in (0, 1)]
        return {"node_capacity_cpu_core_hours": over(own[0], HOUR),
                "node_capacity_memory_gigabyte_hours": over(own[1], HOUR, GIB),
                "cluster_capacity_cpu_core_hours": over(every[0], HOUR),
                "cluster_capacity_memory_gigabyte_hours": over(every[1], HOUR, GIB)}

    def pod_rows(self, pods, nodes, namespaces, capacity):
        groups = {}
        for row in pods:
            if row["node"]:
                labels = {**nodes.get(row["node"], {}), **namespaces.get(row["namespace"], {}),
                          **self.enabled(row.get("pod_labels"))}
                groups.setdefault((row["namespace"], row["node"], canonical(labels)), []).append(row)
        out = []
        for (namespace, node, labels), rows in groups.items():
            made = {"data_source": "Pod", "namespace": namespace, "node": node, "pod_labels": labels,
                    "resource_id": most(r.get("resource_id") for r in rows), "infrastructure_usage_cost": NO_COST,
                    "node_capacity_cpu_cores": most(r.get("node_capacity_cpu_cores") for r in rows),
                    "node_capacity_memory_gigabytes": over(most(r.get("node_capacity_memory_bytes") for r in rows), GIB)}
            for what, unit, name, divisors in (("cpu", "core", "cpu_core", (HOUR,)),
                                               ("memory", "byte", "memory_gigabyte", (HOUR, GIB))):
                for side in ("usage", "request", "limit"):
                    seconds = total(r.get(f"pod_{side}_{what}_{unit}_seconds") for r in rows)
                    made[f"pod_{side}_{name}_hours"] = over(seconds, *divisors)
                effective = []
                for r in rows:
                    own = r.get(f"pod_effective_usage_{what}_{unit}_seconds")
                    sides = [r.get(f"pod_{side}_{what}_{unit}_seconds") for side in ("usage", "request")]
                    effective.append(most(sides) if own is None else own)
                made[f"pod_effective_usage_{name}_hours"] = over(total(effective), *divisors)
            out.append({**made, **self.capacity_columns(node, capacity)})
        return out

    def storage_rows(self, pods, volumes, nodes, namespaces):
        places = {}
        for row in pods:
            key = (row["namespace"], row["pod"])
            if None not in key:
                places.setdefault(key, {}).setdefault(row["node"], []).append(row.get("resource_id"))
        mounted, groups = {}, {}
        for row in volumes:
            found = places.get((row["namespace"], row["pod"])) if row["persistentvolumeclaim"] is not None else None
            row = {**row, "places": {n: most(ids) for n, ids in (found or {None: [None]}).items()}}
            mounted.setdefault(row.get("persistentvolume"), set()).update(n for n in row["places"] if n is not None)
            for node, resource in row["places"].items():
                labels = {**nodes.get(node, {}), **namespaces.get(row["namespace"], {}),
                          **self.enabled(row.get("persistentvolume_labels")),
                          **self.enabled(row.get("persistentvolumeclaim_labels"))}
                key = (row["namespace"], node, resource, row["persistentvolumeclaim"], row.get("persistentvolume"),
                       row.get("storageclass"), row.get("csi_volume_handle"), canonical(labels))
                groups.setdefault(key, []).append(row)
        out = []
        for (namespace, node, resource, claim, volume, storageclass, _, labels), rows in groups.items():
            count = max(1, len(mounted[volume])) if volume is not None else 1
            month = (86400 * self.month_days, GIB)
            out.append({
                "data_source": "Storage", "namespace": namespace, "node": node, "resource_id": resource,
                "persistentvolumeclaim": claim, "persistentvolume": volume, "storageclass": storageclass,
                "volume_labels": labels, "infrastructure_usage_cost": NO_COST,
                "persistentvolumeclaim_capacity_gigabyte":
                    over(most(r.get("persistentvolumeclaim_capacity_bytes") for r in rows), GIB),
                "persistentvolumeclaim_capacity_gigabyte_months":
                    over(total(r["persistentvolumeclaim_capacity_byte_seconds"] for r in rows), *month),
                "volume_request_storage_gigabyte_months":
                    over(total(r["volume_request_storage_byte_seconds"] for r in rows), *month, count),
                "persistentvolumeclaim_usage_gigabyte_months":
                    over(total(r["persistentvolumeclaim_usage_byte_seconds"] for r in rows), *month, count)})
        return out

    def role(self, node, rows, pods):
        table = [r for r in self.reference.get("node_roles") or [] if r["node"] == node]
        if not table:
            return most(r.get("node_role") for r in pods if r["node"] == node)
        ids = {r["resource_id"] for r in rows} - {None}
        return most(r["node_role"] for r in table if r["resource_id"] in ids)

    def unallocated(self, pod_rows, pods, capacity):
        by_node, out = {}, []
        for row in pod_rows:
            if row["namespace"] is not None and row["namespace"] not in LEFT_OUT:
                by_node.setdefault(row["node"], []).append(row)
        for node, rows in by_node.items():
            role = self.role(node, rows, pods)
            made = {"data_source": "Pod", "node": node, "resource_id": most(r["resource_id"] for r in rows),
                    "namespace": "Platform unallocated" if role in ("master", "infra") else
                    "Worker unallocated" if role == "worker" else None, **self.capacity_columns(node, capacity)}
            for column in ("node_capacity_cpu_cores", "node_capacity_memory_gigabytes"):
                made[column] = most(r[column] for r in rows)
            for name in ("cpu_core", "memory_gigabyte"):
                for side in ("usage", "request", "effective_usage"):
                    used = total(r[f"pod_{side}_{name}_hours"] for r in rows)
                    whole = made[f"node_capacity_{name}_hours"]
                    made[f"pod_{side}_{name}_hours"] = None if used is None else whole - used
            out.append(made)
        return out
