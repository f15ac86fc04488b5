"""One run over an engine: plan, have the units done, replace each source's rows when all of its are, report."""
from __future__ import annotations

import collections
import concurrent.futures as futures
import dataclasses
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from .._errors import ConfigError, CostreamError
from .._run import Progress
from . import plan as planning
from .plan import Orders, SourcePlan
from .schedule import Engine, Outcome, attempts, run_tasks
from .staging import DatabaseStaging, DirectoryStaging, Staging, new_run
from .work import Manifest, Task

LOG = logging.getLogger("costream")
# Sources that are planned, or replaced, at once: both wait for stores and databases, not for the processor.
AT_ONCE = 8
KINDS = ("pod", "storage", "unallocated")


@dataclasses.dataclass
class SourceRun:
    """A source and what has become of it."""

    source: str
    plan: SourcePlan | None = None
    left: int = 0
    done: dict[int, Manifest] = dataclasses.field(default_factory=dict)
    outcomes: list[Outcome] = dataclasses.field(default_factory=list)
    error: Exception | None = None
    failed_unit: str | None = None
    replacing: futures.Future[int] | None = None
    written: int | None = None
    """Rows that are in the target now."""

    def rows(self) -> dict[str, int]:
        """By kind, of the units that this run has done."""
        return {kind: sum(manifest.rows[kind] for manifest in self.done.values()) for kind in KINDS}


def spread(inputs: list[str] | None, options: Mapping[str, object], engine: str, address: str | None,
           on_progress: Callable[[Progress], object] | None) -> dict[str, Any]:
    """Runs the sources and returns the report of all. Options are those of `costream.run`, with source, all_sources, resume
    and unit_rows. Where sources fail the others are done, and the worst error is raised, with the report."""
    begun = time.monotonic()
    given = dict(options)
    named = [name for name in str(given.pop("source", None) or "").split(",") if name]
    every = bool(given.pop("all_sources", False))
    resume = cast("str | None", given.pop("resume", None))
    unit_rows = int(str(given.pop("unit_rows", None) or planning.UNIT_ROWS))
    planning.check_options(given)
    sources: Sequence[str | None] = (planning.sources_of(inputs, given, named) if every or len(named) > 1 else named) or [None]
    runs = _planned(inputs, given, sources, unit_rows)
    run = resume or new_run()
    LOG.info("run %s: %d sources, %d units", run, len(runs), sum(len(one.plan.units) for one in runs if one.plan))
    todo = [one for one in runs if one.plan]
    if todo:
        _Spread(run, todo, engine, address, on_progress).run(resume is not None)
    report = _report(run, engine, runs, time.monotonic() - begun)
    failed = [one.error for one in runs if one.error]
    if failed:
        raise _worst(failed, report)
    return report


def _planned(inputs: list[str] | None, options: Mapping[str, object], sources: Sequence[str | None],
             unit_rows: int) -> list[SourceRun]:
    def planned(source: str | None) -> SourceRun:
        try:
            plan = attempts(lambda: planning.plan_source(inputs, options, source, unit_rows))
            return SourceRun(plan.orders.source, plan, len(plan.units))
        except CostreamError as error:
            if source is None:
                raise
            return SourceRun(source, error=error)

    with futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(planned, sources))


class _Spread:
    """The part of a run from its plans on."""

    def __init__(self, run: str, runs: list[SourceRun], engine: str, address: str | None,
                 on_progress: Callable[[Progress], object] | None) -> None:
        self._run, self._runs, self._engine, self._address = run, runs, engine, address
        self._on_progress = on_progress
        self._plans = [one.plan for one in runs if one.plan]
        self._of_task: dict[int, SourceRun] = {}
        self._bytes = sum(unit.bytes for plan in self._plans for unit in plan.units)
        self._seen = collections.Counter[str]()
        if len({plan.staged_in for plan in self._plans}) > 1:
            raise ConfigError("the config file sends some sources to a database and some to a directory; run them apart")
        self._staging: Staging = (DatabaseStaging(run) if self._plans[0].staged_in == "database" else DirectoryStaging(run))

    def run(self, resume: bool) -> None:
        engine = self._started()
        try:
            tasks = attempts(lambda: self._staging.open(self._plans, resume))
            for one, of_source in zip(self._runs, tasks):
                one.left = len(of_source)
                self._of_task |= {task.number: one for task in of_source}
            self._have_done(engine, [task for of_source in tasks for task in of_source])
        finally:
            engine.close()

    def _have_done(self, engine: Engine, tasks: list[Task]) -> None:
        complete = False
        try:
            with futures.ThreadPoolExecutor(AT_ONCE) as pool:
                for one in self._runs:
                    if one.left == 0:
                        one.replacing = pool.submit(self._replace, one)
                for outcome in run_tasks(engine, tasks, lambda task: self._of_task[task.number].error is None):
                    one = self._of_task[outcome.task.number]
                    self._take(one, outcome)
                    if one.left == 0 and one.error is None:
                        one.replacing = pool.submit(self._replace, one)
            for one in self._runs:
                self._settle(one)
            complete = all(one.written is not None for one in self._runs)
        finally:
            self._clear(complete)

    def _started(self) -> Engine:
        threads = max(plan.threads for plan in self._plans)
        memory = max(plan.memory_limit for plan in self._plans)
        if self._engine == "local":
            from .local import LocalEngine

            return LocalEngine(self._orders_of)
        if self._engine == "ray":
            from .ray import RayEngine

            return RayEngine(self._orders_of, self._address, threads, memory)
        raise ConfigError(f"--engine {self._engine}: use local or ray")

    def _orders_of(self, task: Task) -> Orders:
        plan = self._of_task[task.number].plan
        assert plan is not None
        return plan.orders

    def _take(self, one: SourceRun, outcome: Outcome) -> None:
        unit = outcome.task.unit
        one.outcomes.append(outcome)
        if isinstance(outcome.result, Exception):
            if one.error is None:
                one.error, one.failed_unit = outcome.result, f"{unit.start} to {unit.end}"
            LOG.error("source %s, unit %s to %s, attempt %d: %s", one.source, unit.start, unit.end, outcome.task.attempt,
                      outcome.result)
            return
        one.left -= 1
        one.done[outcome.task.number] = outcome.result
        for warning in outcome.result.warnings:
            LOG.warning("source %s, %s to %s: %s", one.source, unit.start, unit.end, warning)
        seen = self._seen
        seen["bytes"] += unit.bytes
        seen["rows"] += outcome.result.input_rows
        seen["units"] += 1
        seen["memory"] = max(seen["memory"], outcome.result.peak_memory_bytes)
        if self._on_progress:
            self._on_progress(Progress(seen["bytes"], self._bytes, seen["rows"], seen["memory"], seen["units"], len(self._of_task)))

    def _replace(self, one: SourceRun) -> int:
        plan = one.plan
        assert plan is not None
        return attempts(lambda: self._staging.replace(plan, one.done))

    def _clear(self, complete: bool) -> None:
        """What it leaves, a later run removes."""
        try:
            attempts(lambda: self._staging.close(self._plans, complete))
        except CostreamError as error:
            LOG.warning("what was staged is not removed yet: %s", error)
        if not complete and isinstance(self._staging, DatabaseStaging):
            LOG.warning("what was staged stays for a day: --resume %s", self._run)

    def _settle(self, one: SourceRun) -> None:
        if one.replacing is None:
            return
        try:
            one.written = one.replacing.result()
        except CostreamError as error:
            one.error = error
            LOG.error("source %s: %s", one.source, error)


def _worst(errors: list[Exception], report: dict[str, Any]) -> CostreamError:
    """That of the first kind in the order of exit codes, telling of all."""
    worst = min((error for error in errors if isinstance(error, CostreamError)), key=lambda error: error.exit_code)
    if len(report["sources"]) > 1:
        named = ", ".join(one["source_uuid"] for one in report["sources"] if one["outcome"] == "failed")
        kind = type(worst)
        worst = kind(f"{report['failed']} of {len(report['sources'])} sources failed: {named}; {worst}")
    worst.report = report
    return worst


def _report(run: str, engine: str, runs: list[SourceRun], seconds: float) -> dict[str, Any]:
    failed = [one for one in runs if one.error]
    codes = [one.error.exit_code if isinstance(one.error, CostreamError) else 1 for one in failed]
    plans = [one.plan for one in runs if one.plan]
    manifests = [manifest for one in runs for manifest in one.done.values()]
    return {
        "schema_version": 1, "run": run, "engine": engine, "target": plans[0].target if plans else "",
        "sources": [_of_source(one) for one in runs], "done": len(runs) - len(failed), "failed": len(failed), "not_run": 0,
        "exit_code": min(codes, default=0),
        "rows": {kind: sum(one.rows()[kind] for one in runs if one.written is not None) for kind in KINDS},
        "rows_written": sum(one.written or 0 for one in runs),
        "reconciliation": {key: all(manifest.reconciliation[key] for manifest in manifests)
                           for key in ("input_exact", "capacity_ok")},
        "seconds": {"total": seconds}, "peak_memory_bytes": max((one.peak_memory_bytes for one in manifests), default=0),
        "notes": [f"source {one.source}: {note}" for one in runs if one.plan for note in one.plan.notes],
        "warnings": [f"source {one.source}: {warning}" for one in runs if one.plan
                     for warning in [*one.plan.warnings, *(each for done in one.done.values() for each in done.warnings)]],
        "units": [_of_unit(one.source, outcome) for one in runs for outcome in one.outcomes],
    }


def _of_source(one: SourceRun) -> dict[str, Any]:
    told: dict[str, Any] = {"source_uuid": one.source, "outcome": "failed" if one.error else "done"}
    if one.error:
        return told | {"exit_code": getattr(one.error, "exit_code", 1), "error": str(one.error), "unit": one.failed_unit}
    units = len(one.plan.units) if one.plan else 0
    return told | {"rows": one.rows(), "rows_written": one.written, "units": units, "units_staged_before": units - len(one.done)}


def _of_unit(source: str, outcome: Outcome) -> dict[str, Any]:
    unit, result = outcome.task.unit, outcome.result
    told = {"source_uuid": source, "start_date": unit.start, "end_date": unit.end, "parts": unit.parts,
            "attempts": outcome.task.attempt, "seconds": outcome.seconds}
    if isinstance(result, Exception):
        return told | {"outcome": "failed", "error": str(result)}
    return told | {"outcome": "done", "rows": result.rows, "checksum": result.checksum, "input_rows": result.input_rows,
                   "run_seconds": result.seconds, "peak_memory_bytes": result.peak_memory_bytes, "host": result.host, "process": result.process}
