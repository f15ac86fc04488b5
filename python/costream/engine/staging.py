"""Rows of units wait for the others of their source; then they replace what was there, all at once."""
from __future__ import annotations

import datetime
import itertools
import secrets
from collections.abc import Mapping, Sequence
from typing import Protocol

from .. import _core
from .._errors import ConfigError
from .plan import SourcePlan
from .work import Manifest, Task

_TIME = "%Y%m%dT%H%M%SZ"
# What nobody has come back to for so long is removed by the next run.
_ABANDONED = datetime.timedelta(days=1)


def new_run() -> str:
    """A name that no other run has."""
    return f"{_now().strftime(_TIME)}-{secrets.token_hex(4)}"


class Staging(Protocol):
    """Where a run's rows wait."""

    def open(self, plans: Sequence[SourcePlan], resume: bool) -> list[list[Task]]:
        """By plan, the tasks that are left to do."""

    def replace(self, plan: SourcePlan, done: Mapping[int, Manifest]) -> int:
        """The rows of the source's units replace those that were there; `done`: by number of the task. Returns how many
        they are. May be repeated."""

    def close(self, plans: Sequence[SourcePlan], complete: bool) -> None:
        """Removes what waits, as far as no later run can use it."""


class DatabaseStaging:
    """In tables beside the summary table (src/sink/postgres_staging.h)."""

    def __init__(self, run: str) -> None:
        self._run = run

    def open(self, plans: Sequence[SourcePlan], resume: bool) -> list[list[Task]]:
        left: dict[int, list[Task]] = {id(plan): [] for plan in plans}
        numbers = itertools.count()
        for of_schema in _by_schema(plans):
            units = [(plan, unit) for plan in of_schema for unit in plan.units]
            given = [(plan.orders.source, unit.start, unit.end, unit.version) for plan, unit in units]
            opened = _core.open_staging(of_schema[0].arguments(), self._run, given, resume)
            for (plan, unit), (staged, state) in zip(units, opened):
                number = next(numbers)
                if state == "planned":
                    left[id(plan)].append(Task(number, unit, staged))
        return [left[id(plan)] for plan in plans]

    def replace(self, plan: SourcePlan, done: Mapping[int, Manifest]) -> int:
        return _core.replace_staged(plan.arguments(), self._run, len(plan.units))

    def close(self, plans: Sequence[SourcePlan], complete: bool) -> None:
        if complete:  # else the run can be resumed
            for of_schema in _by_schema(plans):
                _core.close_staging(of_schema[0].arguments(), self._run)


def _by_schema(plans: Sequence[SourcePlan]) -> list[list[SourcePlan]]:
    """The config file may give a source a database of its own."""
    schemas: dict[tuple[str, str], list[SourcePlan]] = {}
    for plan in plans:
        schemas.setdefault((plan.orders.to, plan.schema), []).append(plan)
    return list(schemas.values())


class DirectoryStaging:
    """In directories below that of the target (src/sink/staged_runs.h)."""

    def __init__(self, run: str) -> None:
        self._run = run

    def open(self, plans: Sequence[SourcePlan], resume: bool) -> list[list[Task]]:
        if resume:
            raise ConfigError("--resume is for rows that are staged in PostgreSQL; run again from the start")
        tasks: list[list[Task]] = []
        for plan in plans:
            first = sum(map(len, tasks))
            place = f"{plan.orders.to}.costream-units/{self._run}/"
            tasks.append([Task(first + index, unit, place) for index, unit in enumerate(plan.units)])
        return tasks

    def replace(self, plan: SourcePlan, done: Mapping[int, Manifest]) -> int:
        parts = []
        for unit, manifest in zip(plan.units, (done[number] for number in sorted(done))):
            assert manifest.directory is not None
            parts.append((manifest.directory, unit.start, unit.end, sum(manifest.rows.values()), manifest.checksum))
        _core.replace_by_directories(plan.arguments(), parts)
        return sum(rows for *_, rows, _ in parts)

    def close(self, plans: Sequence[SourcePlan], complete: bool) -> None:
        oldest = (_now() - _ABANDONED).strftime(_TIME)
        for plan in {plan.orders.to: plan for plan in plans}.values():
            _core.forget_runs(plan.arguments(), self._run, oldest)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)
