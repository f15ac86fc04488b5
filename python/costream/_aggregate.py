"""The engine over Arrow data and frames in memory."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from . import _core
from ._errors import ConfigError
from ._flags import Date, Reference, day, reference_file
from ._reports import Failure, Report, streams_of
from ._run import RowKind, table_of

KINDS: tuple[RowKind, ...] = ("pod", "storage", "unallocated")


def _aggregate(streaming: bool, reports: dict[str, Report | None], reference: Reference | None, month: str | None,
               start: Date | None, end: Date | None, rows: Iterable[RowKind], source: str | None, **options: Any) -> pa.Table:
    kinds = list(rows)
    for kind in kinds:
        if kind not in KINDS:
            raise ConfigError(f"rows: '{kind}' is no kind of row; use pod, storage, unallocated")
    failure = Failure()
    streams = streams_of(reports, failure)
    with reference_file(reference) as path:
        given = {"month": month, "start": day(start), "end": day(end), "reference": path, "source": source, **options,
                 **{f"{kind}_rows": kind in kinds for kind in KINDS}}
        try:
            return table_of(_core.aggregate(streams, given, streaming))
        except Exception:
            if failure.error is not None:  # the caller's own error says more than its text
                raise failure.error
            raise


def aggregate_streaming(
    pod_usage: Report | None = None,
    *,
    storage_usage: Report | None = None,
    node_labels: Report | None = None,
    namespace_labels: Report | None = None,
    pod_usage_daily: Report | None = None,
    storage_usage_daily: Report | None = None,
    source: str | None = None,
    month: str | None = None,
    start: Date | None = None,
    end: Date | None = None,
    reference: Reference | None = None,
    cluster_id: str | None = None,
    cluster_alias: str | None = None,
    report_period_id: int | None = None,
    rows: Iterable[RowKind] = KINDS,
    chunk_size: int = 50_000,
    memory_limit_bytes: int | None = None,
) -> pa.Table:
    """Daily summary rows of reports that come as streams, in bounded memory.

    A report is anything with `__arrow_c_stream__` (a reader or table of pyarrow, a Polars frame, a DuckDB relation),
    read batch by batch without a copy; a pandas frame; or an iterable of such, taken one by one and never collected. Label
    reports and storage are read before pods. The columns are those of the reports, of any accepted type and in any order
    (docs/semantics.md); further ones are ignored. Times are UTC; seconds are core-seconds and byte-seconds.

    pod_usage, storage_usage: rows of hourly tables; ..._daily: of daily ones. Where both are given, usage comes from the
        daily and capacity from the hourly one, and both must hold the same days.
    source: UUID in every row. month: like "2025-11"; rows of other days are left out. Either may stand in `reference`.
    memory_limit_bytes: beside what the process has already, 128 MiB where nothing is said; days that outgrow it go to
        temporary files. The rows returned come on top.

    Returns the rows in their documented order, in the schema of docs/output.md. What an iterator raises is raised here;
    else ConfigError, or InputError with report, row and column.
    """
    reports = {"pod_usage": pod_usage, "pod_usage_daily": pod_usage_daily, "storage_usage": storage_usage,
               "storage_usage_daily": storage_usage_daily, "node_labels": node_labels, "namespace_labels": namespace_labels}
    return _aggregate(True, reports, reference, month, start, end, rows, source, cluster_id=cluster_id,
                      cluster_alias=cluster_alias, report_period_id=report_period_id, chunk_size=chunk_size,
                      memory_limit_bytes=memory_limit_bytes)


def aggregate(
    pod_usage: Report | None = None,
    *,
    storage_usage: Report | None = None,
    node_labels: Report | None = None,
    namespace_labels: Report | None = None,
    pod_usage_daily: Report | None = None,
    storage_usage_daily: Report | None = None,
    source: str | None = None,
    month: str | None = None,
    start: Date | None = None,
    end: Date | None = None,
    reference: Reference | None = None,
    cluster_id: str | None = None,
    cluster_alias: str | None = None,
    report_period_id: int | None = None,
    rows: Iterable[RowKind] = KINDS,
    threads: int = 1,
    memory_limit_bytes: int | None = None,
) -> pa.Table:
    """The same over whole tables, with the same rows: the reports are held in memory, and no limit holds unless one is
    given, past which it fails."""
    reports = {"pod_usage": pod_usage, "pod_usage_daily": pod_usage_daily, "storage_usage": storage_usage,
               "storage_usage_daily": storage_usage_daily, "node_labels": node_labels, "namespace_labels": namespace_labels}
    return _aggregate(False, reports, reference, month, start, end, rows, source, cluster_id=cluster_id,
                      cluster_alias=cluster_alias, report_period_id=report_period_id, threads=threads,
                      memory_limit_bytes=memory_limit_bytes)
