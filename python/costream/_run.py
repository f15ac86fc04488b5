"""Runs over report files, on disk and in S3: run, validate, plan, explain."""
from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from . import _core
from ._errors import ConfigError
from ._flags import Date, Inputs, Path, Reference, day, flags, paths, reference_file
from ._reports import Failure, Report, streams_of

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

RowKind = Literal["pod", "storage", "unallocated"]


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a run is."""

    bytes_done: int
    bytes_total: int
    rows: int
    """Input rows read."""
    resident_bytes: int
    """Memory of the process; with an engine, of the largest worker."""
    units_done: int = 0
    units: int = 0
    """With an engine; else 0."""


@dataclasses.dataclass(frozen=True)
class RunResult:
    """What a run has done. `report` is all of it, as `costream run --output json` prints it (docs/output.md)."""

    report: dict[str, Any]
    table: pa.Table | None = dataclasses.field(default=None, repr=False)

    @property
    def rows(self) -> dict[str, int]:
        """Summary rows by kind: pod, storage, unallocated."""
        return dict(self.report["rows"])

    @property
    def reconciliation(self) -> dict[str, Any]:
        """Whether the core-hours of the input are those of the rows, and the capacity adds up."""
        return dict(self.report["reconciliation"])

    @property
    def seconds(self) -> dict[str, float]:
        """Wall time: plan, aggregate, commit, total."""
        return dict(self.report["seconds"])

    @property
    def notes(self) -> list[str]:
        return list(self.report["notes"])

    @property
    def warnings(self) -> list[str]:
        return list(self.report["warnings"])

    def to_arrow(self) -> pa.Table:
        """The summary rows in their order, with the schema of docs/output.md. ValueError where `to` took them."""
        if self.table is None:
            raise ValueError(f"the rows were written to {self.report['target']}; run without `to` to get them here")
        return self.table

    def to_pandas(self) -> pd.DataFrame:
        """The same as a pandas frame."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> pl.DataFrame:
        """The same as a Polars frame."""
        import polars

        return polars.DataFrame(self.to_arrow())


class Bar:
    """Draws the progress on one line of standard error."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        share = progress.bytes_done / progress.bytes_total if progress.bytes_total else 0.0
        speed = progress.rows / max(time.monotonic() - self._start, 1e-9)
        units = f"  {progress.units_done} of {progress.units} units" if progress.units else ""
        print(f"\r[{'#' * int(share * 24):<24}] {share:4.0%}{units}  {progress.rows} rows  {speed:.0f} rows/s ", end="",
              file=sys.stderr, flush=True)

    def end(self) -> None:
        print(f"\r{'':79}\r", end="", file=sys.stderr, flush=True)


def run(
    inputs: Inputs | Mapping[str, Report] | None = None,
    *,
    to: Path | None = None,
    reference: Reference | None = None,
    month: str | None = None,
    start: Date | None = None,
    end: Date | None = None,
    source: str | Iterable[str] | None = None,
    org: str | None = None,
    cluster_id: str | None = None,
    cluster_alias: str | None = None,
    report_period_id: int | None = None,
    rows: Iterable[RowKind] | None = None,
    usage_from: Literal["auto", "hourly", "daily"] | None = None,
    mode: Literal["auto", "streaming", "in-memory"] | None = None,
    chunk_size: int | None = None,
    threads: int | None = None,
    memory_limit: int | str | None = None,
    progress: Callable[[Progress], object] | bool | None = None,
    engine: Literal["local", "ray"] | None = None,
    address: str | None = None,
    **options: Any,
) -> RunResult:
    """Aggregates one source's reports of a month into daily summary rows, as `costream run` does.

    inputs: report files (.csv, .csv.gz, .parquet), payloads (.tar.gz), or folders of them, on disk or in S3
        (s3://bucket/prefix). May be left out where `config` names them. Or reports that you hold, by name
        ({"pod_usage": chunks, "storage_usage_daily": table}): whatever `aggregate_streaming` takes, read as it does.
    to: x.parquet, x.csv, DIR/, sqlite:x.db, postgresql://...; all or nothing. Without it the result holds the rows.
    reference: tag keys, cost categories, node roles: a JSON file, postgresql://..., or a mapping as in such a file.
    month: like "2025-11"; start and end: days of it, both included.
    rows: the kinds to make; all of them where nothing is said.
    memory_limit: bytes, or a text like "256MiB", that the run may take beside what the process has already;
        128 MiB where nothing is said. Rows that the result holds come on top.
    progress: called about twenty times a second on the caller's thread; what it raises ends the run. True draws a bar.
    engine: does the days as tasks, each tried up to three times: "ray" on a cluster (address: "auto", "ray://host:10001";
        without one Ray is started here), "local" in this process. `to` is then a database or DIR/; `source` may be several,
        all_sources=True are all; resume: a run to take up; unit_rows: input rows above which a day is cut into several
        tasks. One that failed leaves its source unchanged, the others are done; then the error has the `report`.
        memory_limit and threads (1) are those of each task. docs/scaling.md tells more.
    options: any other flag of `costream run`, with underscores: config, schema, replace, allow_empty, truncate, layout,
        s3_endpoint, validate_expected, spill_dir, measures, ...

    Ctrl-C ends the run; whatever ends it, the target is as it was. Raises ConfigError, InputError, TransientError,
    AnomalyError (rows other than validate_expected). May be called from several threads at once.
    """
    failure = Failure()
    bar = Bar() if progress is True else None
    look = bar or (progress if callable(progress) else None)
    if source is not None and not isinstance(source, str):
        source = ",".join(source)
    with reference_file(reference) as path:
        given: dict[str, object] = {"to": to, "reference": path, "month": month, "start": start, "end": end, "source": source, "org": org,
                 "cluster_id": cluster_id, "cluster_alias": cluster_alias, "report_period_id": report_period_id,
                 "rows": None if rows is None else list(rows), "usage_from": usage_from, "mode": mode,
                 "chunk_size": chunk_size, "threads": threads, "memory_limit": memory_limit, **options}
        try:
            if engine is not None:
                from .engine.spread import spread

                if isinstance(inputs, Mapping):
                    raise ConfigError("engine: tasks read files; reports in memory are run here, without one")
                return RunResult(spread(None if inputs is None else paths(inputs), given, engine, address, look))
            tell = None if look is None else lambda *now: look(Progress(*now))
            if isinstance(inputs, Mapping):
                report, stream = _core.run(flags(None, given), tell, reports=streams_of(inputs, failure))
            else:
                report, stream = _core.run(flags(inputs, given), tell)
        except Exception:
            if failure.error is not None:  # the caller's own error says more than its text
                raise failure.error
            raise
        finally:
            if bar:
                bar.end()
    return RunResult(json.loads(report), None if stream is None else table_of(stream))


def validate(inputs: Inputs | None = None, expected: Path | None = None, **options: Any) -> RunResult:
    """Runs and compares the rows with a summary (x.parquet, x.csv, DIR/, sqlite:x.db), or their totals with those that a
    nise static report (x.yml) fixes. Takes the options of `run`; with `to`, writes only what is as expected.

    Raises AnomalyError, whose text names the first differences.
    """
    return run(inputs, validate_expected=expected, **options)


def plan(inputs: Inputs | None = None, *, to: Path | None = None, reference: Reference | None = None,
         start: Date | None = None, end: Date | None = None, **options: Any) -> dict[str, Any]:
    """What `run` with the same options would read and replace, as `costream plan --output json` tells it. Changes
    nothing; raises what the run would raise, as far as looking tells."""
    with reference_file(reference) as path:
        given = {"to": to, "reference": path, "start": start, "end": end, **options}
        report: dict[str, Any] = json.loads(_core.plan(flags(inputs, given)))
    return report


def explain(inputs: Inputs | None = None, *, date: Date, node: str | None = None, namespace: str | None = None,
            reference: Reference | None = None, **options: Any) -> dict[str, Any]:
    """The inputs behind the rows of a node and day, as `costream explain --output json` tells it; without a
    node, behind the Storage rows that have none.

    Raises ConfigError where the day has nothing of that node or namespace; its text names some that are there.
    """
    with reference_file(reference) as path:
        text = _core.explain(flags(inputs, {"reference": path, **options}), day(date) or "", node, namespace)
    report: dict[str, Any] = json.loads(text)
    return report


class _Stream:
    """A capsule as an object of the Arrow PyCapsule interface."""

    def __init__(self, capsule: object) -> None:
        self._capsule = capsule

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._capsule


def table_of(capsule: object) -> pa.Table:
    """The table that a stream holds; nothing is copied."""
    return pa.table(_Stream(capsule))
