"""Polars: lazy frames, streaming engine. Left out, in its favour: uuid, exact sums, escapes in labels, the order of rows."""
import os
import re

from task import Task

task = Task()
os.environ["POLARS_MAX_THREADS"] = str(task.threads)
import polars as pl  # noqa: E402  (it reads the number of threads when it is loaded)

GIB, HOUR = 2.0 ** 30, 3600.0
NO_COST = '{"cpu": 0.000000000, "memory": 0.000000000, "storage": 0.000000000}'
LEFT_OUT = ["Platform unallocated", "Worker unallocated", "Network unattributed", "Storage unattributed"]
DAY = pl.col("interval_start").dt.date().alias("day")
SIDES = ["usage", "request", "effective_usage", "limit"]
CPU = [f"pod_{side}_cpu_core_hours" for side in SIDES]
MEMORY = [f"pod_{side}_memory_gigabyte_hours" for side in SIDES]
TEXTS = ["data_source", "namespace", "node", "resource_id", "persistentvolumeclaim", "persistentvolume", "storageclass",
         "pod_labels", "volume_labels", "all_labels", "infrastructure_usage_cost"]
MEASURES = [*CPU, *MEMORY, "node_capacity_cpu_cores", "node_capacity_cpu_core_hours", "node_capacity_memory_gigabytes",
            "node_capacity_memory_gigabyte_hours", "cluster_capacity_cpu_core_hours", "cluster_capacity_memory_gigabyte_hours",
            "persistentvolumeclaim_capacity_gigabyte", "persistentvolumeclaim_capacity_gigabyte_months",
            "volume_request_storage_gigabyte_months", "persistentvolumeclaim_usage_gigabyte_months"]
SCHEMA = {"day": pl.Date, **dict.fromkeys(TEXTS, pl.String), **dict.fromkeys(MEASURES, pl.Float64)}


def scan(name):
    return pl.scan_parquet(task.glob(name), hive_partitioning=False)


def parse(frame, column, prefix):
    """Adds one column a key: its JSON member, null where it is absent."""
    text = "|" + pl.col(column)
    return frame.with_columns(
        (pl.lit(f'"{k}":"') + text.str.extract(rf"\|label_{re.escape(k)}:([^|]*)", 1) + '"').alias(prefix + k)
        for k in task.keys)


def parsed_texts(frame, column, prefix):
    return parse(frame.select(column).unique(), column, prefix)


def label_json(prefixes):
    """The labels with these prefixes merged, the first beating the others, as JSON text with sorted keys."""
    members = [pl.coalesce(prefix + k for prefix in prefixes) for k in task.keys]
    return pl.concat_str(pl.lit("{"), pl.concat_str(members, separator=",", ignore_nulls=True), pl.lit("}"))


def latest_labels(name, column, prefix):
    """The parsed labels of every day and node or namespace."""
    latest = scan(name).group_by(DAY, column).agg(pl.col(f"{column}_labels").sort_by("interval_start").last())
    return parse(latest.collect(engine="streaming").lazy(), f"{column}_labels", prefix).drop(f"{column}_labels")


def capacity():
    """Capacity of every day and node, and of every day."""
    cells = scan("hourly_pods").group_by(DAY, "interval_start", "node").agg(
        pl.max("node_capacity_cpu_core_seconds"), pl.max("node_capacity_memory_byte_seconds"))
    nodes = cells.group_by("day", "node").agg(
        node_capacity_cpu_core_hours=pl.sum("node_capacity_cpu_core_seconds") / HOUR,
        node_capacity_memory_gigabyte_hours=pl.sum("node_capacity_memory_byte_seconds") / HOUR / GIB,
    ).collect(engine="streaming")
    cluster = nodes.group_by("day").agg(
        cluster_capacity_cpu_core_hours=pl.sum("node_capacity_cpu_core_hours"),
        cluster_capacity_memory_gigabyte_hours=pl.sum("node_capacity_memory_gigabyte_hours"))
    return nodes.lazy(), cluster.lazy()


def grouped_texts():
    """Pod usage by the raw label text, so that every text is parsed once."""
    sums = []
    for names, unit, divisor in ((CPU, "cpu_core_seconds", HOUR), (MEMORY, "memory_byte_seconds", HOUR * GIB)):
        for side, name in zip(SIDES, names):
            value = pl.col(f"pod_{side}_{unit}")
            if side == "effective_usage" and task.work == "A":
                value = pl.max_horizontal(f"pod_usage_{unit}", f"pod_request_{unit}")
            sums.append((value.sum() / divisor).alias(name))
    return scan("usage_pods").filter(pl.col("node") != "").group_by(DAY, "namespace", "node", "pod_labels").agg(
        pl.max("resource_id"), *sums, node_capacity_cpu_cores=pl.max("node_capacity_cpu_cores"),
        node_capacity_memory_gigabytes=pl.max("node_capacity_memory_bytes") / GIB,
    ).collect(engine="streaming").lazy()


def with_base(frame, node_labels, namespace_labels):
    return frame.join(namespace_labels, on=["day", "namespace"], how="left").join(node_labels, on=["day", "node"], how="left")


def pod_rows(node_labels, namespace_labels):
    texts = grouped_texts()
    parsed = parsed_texts(texts, "pod_labels", "p.")
    joined = with_base(texts.join(parsed, on="pod_labels", how="left", nulls_equal=True), node_labels, namespace_labels)
    return joined.group_by("day", "namespace", "node", label_json(["p.", "s.", "n."]).alias("all_labels")).agg(
        pl.max("resource_id"), pl.sum(*CPU, *MEMORY),
        pl.max("node_capacity_cpu_cores", "node_capacity_memory_gigabytes"),
    ).collect(engine="streaming").lazy()


def unallocated_rows(pods, nodes):
    roles = pl.LazyFrame(task.reference["node_roles"]).group_by("node", "resource_id").agg(pl.max("node_role"))
    used = pods.filter(pl.col("namespace").is_in(LEFT_OUT).not_())
    role = used.select("day", "node", "resource_id").unique().join(roles, on=["node", "resource_id"]).group_by(
        "day", "node").agg(pl.max("node_role"))
    rows = used.group_by("day", "node").agg(
        pl.max("resource_id", "node_capacity_cpu_cores", "node_capacity_memory_gigabytes"), pl.sum(*CPU[:3], *MEMORY[:3]))
    rows = rows.join(role, on=["day", "node"], how="left").join(nodes, on=["day", "node"], how="left")
    namespace = pl.when(pl.col("node_role").is_in(["master", "infra"])).then(pl.lit("Platform unallocated")).when(
        pl.col("node_role") == "worker").then(pl.lit("Worker unallocated"))
    left = [(pl.col(f"node_capacity_{unit}_hours").fill_null(0) - pl.col(name)).alias(name)
            for names, unit in ((CPU, "cpu_core"), (MEMORY, "memory_gigabyte")) for name in names[:3]]
    return rows.with_columns(*left, namespace=namespace, all_labels=pl.lit("{}")).drop(
        "node_role", "node_capacity_cpu_core_hours", "node_capacity_memory_gigabyte_hours")


def storage_rows(node_labels, namespace_labels):
    keys = ["namespace", "pod", "persistentvolumeclaim", "persistentvolume", "storageclass", "csi_volume_handle"]
    month = 86400.0 * pl.col("day").dt.days_in_month() * GIB
    claims = scan("storage").group_by(DAY, *keys, "persistentvolume_labels", "persistentvolumeclaim_labels").agg(
        pl.max("persistentvolumeclaim_capacity_bytes"), pl.sum("persistentvolumeclaim_capacity_byte_seconds"),
        pl.sum("volume_request_storage_byte_seconds"), pl.sum("persistentvolumeclaim_usage_byte_seconds"),
    ).collect(engine="streaming").lazy()
    pod = ["day", "namespace", "pod"]
    mounts = scan("usage_pods").select(DAY, "namespace", "pod", "node", "resource_id").join(
        claims.select(pod).unique(), on=pod, how="semi").group_by(*pod, "node").agg(
        pl.max("resource_id")).collect(engine="streaming").lazy()
    counts = claims.join(mounts, on=pod).group_by("day", "persistentvolume").agg(nodes=pl.col("node").drop_nulls().n_unique())
    rows = claims.join(mounts, on=pod, how="left").join(counts, on=["day", "persistentvolume"], how="left")
    for column, prefix in (("persistentvolume_labels", "v."), ("persistentvolumeclaim_labels", "w.")):
        rows = rows.join(parsed_texts(claims, column, prefix), on=column, how="left", nulls_equal=True)
    rows = with_base(rows, node_labels, namespace_labels)
    nodes = pl.max("nodes").fill_null(1).clip(lower_bound=1)
    group = ["day", "namespace", "node", "resource_id", *keys[2:]]
    return rows.group_by(*group, label_json(["w.", "v.", "s.", "n."]).alias("all_labels")).agg(
        persistentvolumeclaim_capacity_gigabyte=pl.max("persistentvolumeclaim_capacity_bytes") / GIB,
        persistentvolumeclaim_capacity_gigabyte_months=pl.sum("persistentvolumeclaim_capacity_byte_seconds") / month.first(),
        volume_request_storage_gigabyte_months=pl.sum("volume_request_storage_byte_seconds") / month.first() / nodes,
        persistentvolumeclaim_usage_gigabyte_months=pl.sum("persistentvolumeclaim_usage_byte_seconds") / month.first() / nodes,
    ).drop("csi_volume_handle")


def categories(namespaces):
    """The largest category whose LIKE pattern matches."""
    def matches(pattern, name):
        parts = re.findall(r"\\.|.", pattern, re.DOTALL)
        regex = "".join({"%": ".*", "_": "."}.get(p) or re.escape(p[-1]) for p in parts)
        return re.fullmatch(regex, name, re.DOTALL)

    found = [max((c["cost_category_id"] for c in task.reference["cost_categories"] if matches(c["namespace"], name)),
                 default=None) for name in namespaces]
    return pl.LazyFrame({"namespace": namespaces, "cost_category_id": found},
                        schema={"namespace": pl.String, "cost_category_id": pl.Int64})


def summary():
    node_labels = latest_labels("node_labels", "node", "n.")
    namespace_labels = latest_labels("namespace_labels", "namespace", "s.")
    nodes, cluster = capacity()
    pods = pod_rows(node_labels, namespace_labels)
    no_cost = pl.lit(NO_COST).alias("infrastructure_usage_cost")
    labels = pl.col("all_labels")
    with_capacity = pl.concat([pods.with_columns(no_cost, pod_labels=labels), unallocated_rows(pods, nodes)], how="diagonal")
    with_capacity = with_capacity.join(nodes, on=["day", "node"], how="left").with_columns(
        pl.col("node_capacity_cpu_core_hours", "node_capacity_memory_gigabyte_hours").fill_null(0)).join(
        cluster, on="day", how="left").with_columns(data_source=pl.lit("Pod"))
    parts = [pl.LazyFrame(schema=SCHEMA), with_capacity]
    if task.work == "B":
        parts.append(storage_rows(node_labels, namespace_labels).with_columns(
            no_cost, volume_labels=labels, data_source=pl.lit("Storage")))
    rows = pl.concat(parts, how="diagonal")
    namespaces = scan("namespace_labels").select("namespace").unique().collect(engine="streaming")["namespace"].to_list()
    reference = {c: pl.lit(task.reference[c]) for c in ("report_period_id", "cluster_id", "cluster_alias", "source_uuid")}
    rows = rows.join(categories(sorted({*namespaces, *LEFT_OUT[:2]} - {None})), on="namespace", how="left")
    rows.with_columns(**reference, usage_end=pl.col("day")).rename({"day": "usage_start"}).sink_parquet(
        task.target, compression="snappy")


if __name__ == "__main__":
    task.run(pl.__version__, summary)
