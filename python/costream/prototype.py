"""Drop-in for the Python prototype: its classes and calls, pandas in and pandas out, on the engine of costream.

What differs: the rows are exact and in a fixed order, label sets of a day are never counted twice (docs/semantics.md),
a chunk iterator is consumed one by one, and keys of `performance` about pandas' memory have no effect.

`python -m costream.prototype --config config.yaml` does what the prototype's main did; exit code 0 or 1.
"""
from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from ._aggregate import aggregate, aggregate_streaming
from ._errors import ConfigError
from ._storage import Tree, tree_of

__all__ = ["OUTPUT_COLUMNS", "ParquetReader", "PodAggregator", "StorageAggregator", "UnallocatedAggregator",
           "calculate_node_capacity"]

OUTPUT_COLUMNS = [
    "uuid", "report_period_id", "cluster_id", "cluster_alias", "data_source", "usage_start", "usage_end", "namespace", "node",
    "resource_id", "pod_labels", "pod_usage_cpu_core_hours", "pod_request_cpu_core_hours",
    "pod_effective_usage_cpu_core_hours", "pod_limit_cpu_core_hours", "pod_usage_memory_gigabyte_hours",
    "pod_request_memory_gigabyte_hours", "pod_effective_usage_memory_gigabyte_hours", "pod_limit_memory_gigabyte_hours",
    "node_capacity_cpu_cores", "node_capacity_cpu_core_hours", "node_capacity_memory_gigabytes",
    "node_capacity_memory_gigabyte_hours", "cluster_capacity_cpu_core_hours", "cluster_capacity_memory_gigabyte_hours",
    "persistentvolumeclaim", "persistentvolume", "storageclass", "volume_labels", "persistentvolumeclaim_capacity_gigabyte",
    "persistentvolumeclaim_capacity_gigabyte_months", "volume_request_storage_gigabyte_months",
    "persistentvolumeclaim_usage_gigabyte_months", "source_uuid", "infrastructure_usage_cost", "csi_volume_handle",
    "cost_category_id", "source", "year", "month", "day", "all_labels"]

_CAPACITY = ["node_capacity_cpu_core_hours", "node_capacity_memory_gigabyte_hours", "cluster_capacity_cpu_core_hours",
             "cluster_capacity_memory_gigabyte_hours"]
_GIB = 2.0**30

Frame = pd.DataFrame


def calculate_node_capacity(pod_usage_df: Frame | Iterable[Frame]) -> tuple[Frame, Frame]:
    """Capacity per (day, node) and per day, of hourly pod rows: the greatest value of each interval, added up.

    Returns (node_capacity_df, cluster_capacity_df). The first has `usage_start` (midnight), `node`,
    `node_capacity_{cpu_core,memory_byte}_seconds`, `node_capacity_{cpu_core,memory_gigabyte}_hours` and the
    `cluster_capacity_*_hours` of the day; the second those by `usage_start`. Takes an iterator of chunks, too.
    """
    columns = ["node_capacity_cpu_core_seconds", "node_capacity_memory_byte_seconds"]
    maxima: Frame | None = None
    for chunk in [pod_usage_df] if isinstance(pod_usage_df, pd.DataFrame) else pod_usage_df:
        part = pd.DataFrame({"interval_start": _times(chunk["interval_start"]), "node": chunk["node"].astype(object)})
        part[columns] = chunk[columns].astype("float64")
        part = part.groupby(["interval_start", "node"], dropna=False)[columns].max().reset_index()
        if maxima is not None:
            part = pd.concat([maxima, part]).groupby(["interval_start", "node"], dropna=False)[columns].max().reset_index()
        maxima = part
    if maxima is None:
        maxima = pd.DataFrame({"interval_start": pd.Series(dtype="datetime64[us]"), "node": pd.Series(dtype=object),
                               **{column: pd.Series(dtype="float64") for column in columns}})
    maxima["usage_start"] = maxima["interval_start"].dt.normalize()
    nodes = maxima.groupby(["usage_start", "node"], dropna=False)[columns].sum().reset_index()
    nodes["node_capacity_cpu_core_hours"] = nodes[columns[0]] / 3600
    nodes["node_capacity_memory_gigabyte_hours"] = nodes[columns[1]] / 3600 / _GIB
    clusters = nodes.groupby("usage_start")[columns].sum().reset_index()
    clusters["cluster_capacity_cpu_core_hours"] = clusters.pop(columns[0]) / 3600
    clusters["cluster_capacity_memory_gigabyte_hours"] = clusters.pop(columns[1]) / 3600 / _GIB
    return nodes.merge(clusters, on="usage_start", how="left"), clusters


class _Aggregator:
    """Whose rows are made, from the sections of the prototype's config."""

    def __init__(self, config: Mapping[str, Any], enabled_tag_keys: Sequence[str] | None = None) -> None:
        """config: the sections of docs/configuration.md; `ocp` tells source, cluster, year and month. enabled_tag_keys:
        labels of other keys are dropped; an empty list enables none, None all."""
        self.config = config
        ocp = config.get("ocp") or {}
        self._year, self._month = ocp.get("year"), ocp.get("month")
        self._ocp = ocp
        self._reference: dict[str, Any] = {}
        if enabled_tag_keys is not None:
            self._reference["enabled_tag_keys"] = list(enabled_tag_keys)

    def _rows(self, kind: str, streaming: bool, reports: dict[str, Any], cost_category_df: Frame | None,
              node_roles_df: Frame | None = None) -> Frame:
        month, reports = self._month_of(reports)
        reference = dict(self._reference)
        if cost_category_df is not None:
            reference["cost_categories"] = [
                {"namespace": str(namespace), "cost_category_id": int(category)}
                for namespace, category in zip(cost_category_df["namespace"], cost_category_df["cost_category_id"])]
        if node_roles_df is not None:
            reference["node_roles"] = [
                {name: None if pd.isna(value) else str(value) for name, value in row.items()}
                for row in node_roles_df[["node", "resource_id", "node_role"]].to_dict("records")]
        ocp = self._ocp
        period = ocp.get("report_period_id")
        options: dict[str, Any] = {
            "source": str(ocp.get("provider_uuid") or ""), "month": month, "rows": [kind], "reference": reference,
            "start": ocp.get("start_date") or None, "end": ocp.get("end_date") or None,
            "cluster_id": ocp.get("cluster_id") or None, "cluster_alias": ocp.get("cluster_alias") or None,
            "report_period_id": int(period) if period not in (None, "") else None}
        table = aggregate_streaming(**reports, **options) if streaming else aggregate(**reports, **options)
        return _output(table)

    def _month_of(self, reports: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The month of the config, else that of the first row of the main report."""
        if self._year and self._month:
            return f"{int(self._year):04}-{int(self._month):02}", reports
        name, data = next(iter(reports.items()))
        chunks = iter([data] if isinstance(data, pd.DataFrame) else data)
        first = next(chunks, None)
        if first is None or first.empty:
            raise ConfigError("config: ocp.year and ocp.month are missing, and the first chunk has no row to tell the month")
        month = _times(first["interval_start"].head(1)).iloc[0].strftime("%Y-%m")
        return month, {**reports, name: _chain(first, chunks)}


class PodAggregator(_Aggregator):
    """Pod rows of a month."""

    def aggregate(self, pod_usage_df: Frame, node_capacity_df: Frame, node_labels_df: Frame | None = None,
                  namespace_labels_df: Frame | None = None, cost_category_df: Frame | None = None) -> Frame:
        """The Pod rows of these pod rows, hourly or daily, in the columns OUTPUT_COLUMNS.

        node_capacity_df: as calculate_node_capacity gives it; a node that it lacks has capacity 0. node_labels_df,
        namespace_labels_df: rows of the label reports. cost_category_df: `namespace` (a LIKE pattern), `cost_category_id`.
        """
        return self._pods(False, pod_usage_df, node_capacity_df, node_labels_df, namespace_labels_df, cost_category_df)

    def aggregate_streaming(self, pod_usage_chunks: Iterable[Frame], node_capacity_df: Frame,
                            node_labels_df: Frame | None = None, namespace_labels_df: Frame | None = None,
                            cost_category_df: Frame | None = None) -> Frame:
        """The same frame from an iterator of chunks, taken one by one."""
        return self._pods(True, pod_usage_chunks, node_capacity_df, node_labels_df, namespace_labels_df, cost_category_df)

    def _pods(self, streaming: bool, pods: Frame | Iterable[Frame], capacity: Frame, node_labels: Frame | None,
              namespace_labels: Frame | None, categories: Frame | None) -> Frame:
        name, pods = _by_table("pod_usage", pods)
        rows = self._rows("pod", streaming, _given(**{name: pods}, node_labels=node_labels,
                                                   namespace_labels=namespace_labels), categories)
        return _with_capacity(rows, capacity)


class StorageAggregator(_Aggregator):
    """Storage rows of a month."""

    def aggregate(self, storage_usage_df: Frame, pod_usage_df: Frame, node_labels_df: Frame | None = None,
                  namespace_labels_df: Frame | None = None, cost_category_df: Frame | None = None) -> Frame:
        """The Storage rows; the pod rows tell which nodes a claim was mounted on."""
        return self._storage(False, storage_usage_df, pod_usage_df, node_labels_df, namespace_labels_df, cost_category_df)

    def aggregate_streaming(self, storage_usage_chunks: Iterable[Frame], pod_usage_chunks: Frame | Iterable[Frame],
                            node_labels_df: Frame | None = None, namespace_labels_df: Frame | None = None,
                            cost_category_df: Frame | None = None) -> Frame:
        """The same frame from iterators of chunks, taken one by one."""
        return self._storage(True, storage_usage_chunks, pod_usage_chunks, node_labels_df, namespace_labels_df,
                             cost_category_df)

    def _storage(self, streaming: bool, storage: Frame | Iterable[Frame], pods: Frame | Iterable[Frame],
                 node_labels: Frame | None, namespace_labels: Frame | None, categories: Frame | None) -> Frame:
        name, pods = _by_table("pod_usage", pods)
        reports = _given(storage_usage=storage, **{name: pods}, node_labels=node_labels, namespace_labels=namespace_labels)
        return self._rows("storage", streaming, reports, categories)


class UnallocatedAggregator(_Aggregator):
    """Unallocated rows of a month: capacity less what pods take."""

    def aggregate(self, pod_usage_df: Frame, node_roles_df: Frame | None = None, cost_category_df: Frame | None = None) -> Frame:
        """The Unallocated rows of these hourly pod rows, capacity columns included.

        node_roles_df: `node`, `resource_id`, `node_role`; without it the `node_role` of the pod rows serves.
        """
        return self._rows("unallocated", False, {"pod_usage": pod_usage_df}, cost_category_df, node_roles_df)

    def aggregate_streaming(self, pod_usage_chunks: Iterable[Frame], node_roles_df: Frame | None = None,
                            cost_category_df: Frame | None = None) -> Frame:
        """The same frame from an iterator of chunks, taken one by one."""
        return self._rows("unallocated", True, {"pod_usage": pod_usage_chunks}, cost_category_df, node_roles_df)


class ParquetReader:
    """The line items of a month, from the place that the config names: a folder or a bucket (section `s3`)."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self._tree: Tree = tree_of(config)
        self._chunk_size = int((config.get("performance") or {}).get("chunk_size") or 50_000)

    def read_pod_usage_line_items(self, provider_uuid: str, year: str | int, month: str | int, daily: bool = True,
                                  streaming: bool = False, chunk_size: int | None = None) -> Frame | Iterator[Frame]:
        """Pod rows of the daily or the hourly table, in the columns that are needed; with `streaming` an iterator of
        frames of up to chunk_size rows. InputError where there is no file."""
        key = "parquet_path_pod" if daily else "parquet_path_pod_hourly"
        chunks = self._tree.read(key, provider_uuid, year, month, self.get_optimal_columns_pod_usage(),
                                 chunk_size or self._chunk_size)
        return chunks if streaming else _collected(chunks)

    def read_storage_usage_line_items(self, provider_uuid: str, year: str | int, month: str | int, streaming: bool = False,
                                      chunk_size: int | None = None) -> Frame | Iterator[Frame]:
        """Rows of the storage table."""
        chunks = self._tree.read("parquet_path_storage", provider_uuid, year, month, None, chunk_size or self._chunk_size)
        return chunks if streaming else _collected(chunks)

    def read_node_labels_line_items(self, provider_uuid: str, year: str | int, month: str | int) -> Frame:
        """Rows of the node labels table; an empty frame where there is none."""
        return self._labels("parquet_path_node_labels", "node", provider_uuid, year, month)

    def read_namespace_labels_line_items(self, provider_uuid: str, year: str | int, month: str | int) -> Frame:
        """Rows of the namespace labels table; an empty frame where there is none."""
        return self._labels("parquet_path_namespace_labels", "namespace", provider_uuid, year, month)

    def _labels(self, key: str, owner: str, provider_uuid: str, year: str | int, month: str | int) -> Frame:
        if not self._tree.files(key, provider_uuid, year, month):
            return pd.DataFrame({name: pd.Series(dtype=object) for name in ("interval_start", owner, f"{owner}_labels")})
        return _collected(self._tree.read(key, provider_uuid, year, month, None, self._chunk_size))

    def get_optimal_columns_pod_usage(self) -> list[str]:
        """The columns of pod tables that the aggregation needs."""
        from ._reports import INTERVAL_START, columns_of

        texts, measures = columns_of("pod_usage")
        return [INTERVAL_START, *sorted(texts), *sorted(measures)]

    def test_connectivity(self) -> bool:
        """Whether the folder or bucket can be listed."""
        return self._tree.reachable()


def _given(**reports: Any) -> dict[str, Any]:
    """Those that are not None; a frame without rows or columns is none, either."""
    return {name: data for name, data in reports.items()
            if data is not None and not (isinstance(data, pd.DataFrame) and data.empty and name.endswith("_labels"))}


def _by_table(report: str, data: Frame | Iterable[Frame]) -> tuple[str, Frame | Iterable[Frame]]:
    """The name of the report's table: only the daily one of pods has effective usage."""
    if isinstance(data, pd.DataFrame):
        return report + _suffix(data), data
    chunks = iter(data)
    first = next(chunks, None)
    return (report, []) if first is None else (report + _suffix(first), _chain(first, chunks))


def _suffix(frame: Frame) -> str:
    return "_daily" if any(str(column).startswith("pod_effective_usage_") for column in frame.columns) else ""


def _chain(first: Frame, rest: Iterator[Frame]) -> Iterator[Frame]:
    yield first
    del first
    yield from rest


def _collected(chunks: Iterator[Frame]) -> Frame:
    frames = list(chunks)
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def _times(column: pd.Series) -> pd.Series:
    """Times in UTC, without a zone; the operator's spelling has one more word than ISO."""
    if not pd.api.types.is_datetime64_any_dtype(column.dtype):
        column = pd.to_datetime(column.astype(str).str.replace(" UTC", "", regex=False), utc=True, format="ISO8601")
    return column if column.dt.tz is None else column.dt.tz_convert("UTC").dt.tz_localize(None)


def _output(table: pa.Table) -> Frame:
    """The rows in the prototype's columns and order."""
    rows: Frame = table.to_pandas()
    rows["usage_start"] = pd.to_datetime(rows["usage_start"])
    rows["usage_end"] = pd.to_datetime(rows["usage_end"])
    rows["csi_volume_handle"] = None
    rows["source"] = rows["source_uuid"]
    for name, digits in (("year", 4), ("month", 2), ("day", 2)):
        rows[name] = getattr(rows["usage_start"].dt, name).astype(str).str.zfill(digits)
    return rows[OUTPUT_COLUMNS]


def _with_capacity(rows: Frame, capacity: Frame) -> Frame:
    """The rows with the caller's capacity of their node and day; 0 where it has none."""
    lookup = capacity[["usage_start", "node", *_CAPACITY]].copy()
    lookup["usage_start"] = pd.to_datetime(lookup["usage_start"]).astype(rows["usage_start"].dtype)
    lookup = lookup.drop_duplicates(["usage_start", "node"])
    joined = rows.drop(columns=_CAPACITY).merge(lookup, on=["usage_start", "node"], how="left")
    cluster = lookup.drop_duplicates("usage_start").set_index("usage_start")
    for column in _CAPACITY:
        if column.startswith("cluster"):
            joined[column] = joined[column].fillna(joined["usage_start"].map(cluster[column]))
        joined[column] = joined[column].fillna(0.0)
    return joined[OUTPUT_COLUMNS]


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m costream.prototype --config FILE [--truncate] [--validate-expected FILE.yml]`: one month into the database."""
    import argparse
    import logging

    from ._errors import CostreamError
    from ._run import run

    parser = argparse.ArgumentParser(prog="python -m costream.prototype", description="Runs one month by the config file.")
    parser.add_argument("--config", required=True, help="YAML, as docs/configuration.md tells")
    parser.add_argument("--truncate", action="store_true", help="empty the summary table first: all sources and months")
    parser.add_argument("--validate", action="store_true", help="taken for the prototype's sake: totals are always checked")
    parser.add_argument("--validate-expected", metavar="FILE", help="a nise static report whose totals the rows must have")
    parser.add_argument("--to", help="another target than the database of the config")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        result = run(config=given.config, to=given.to, truncate=given.truncate, validate_expected=given.validate_expected)
    except CostreamError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    counts = ", ".join(f"{count} {kind}" for kind, count in result.rows.items())
    print(f"{counts} rows in {result.seconds['total']:.2f} s")
    reconciles = result.reconciliation["input_exact"] and result.reconciliation["capacity_ok"]
    if not reconciles:
        print(f"error: the totals do not add up: {result.reconciliation}", file=sys.stderr)
    return 0 if reconciles else 1


if __name__ == "__main__":
    sys.exit(main())
