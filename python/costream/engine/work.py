"""What tasks do, on whatever engine. They read their inputs themselves, and tell in a few numbers what came of them."""
from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from .. import _core
from .._flags import flags
from .plan import Orders, Unit

# States that are merged at once. The tree is the same each time; so would be the rows of any other.
FAN_IN = 4


@dataclasses.dataclass(frozen=True)
class Task:
    """A unit to be done, and where its rows wait."""

    number: int
    """In the run."""
    unit: Unit
    staged: int | str
    """Its id in the database, or the directory of the run's units."""
    attempt: int = 1

    @property
    def directory(self) -> str:
        """Of this attempt: one that is given up may go on writing into its own."""
        return f"{self.staged}{self.number}-{self.attempt}/"


@dataclasses.dataclass(frozen=True)
class Manifest:
    """What a task has made."""

    directory: str | None
    rows: dict[str, int]
    """By kind."""
    checksum: str
    """Of the rows, in any order (src/sink/row_checksum.h)."""
    input_rows: int
    seconds: float
    peak_memory_bytes: int
    """Of the process so far."""
    reconciliation: dict[str, Any]
    warnings: list[str]
    host: str
    process: int


def whole(orders: Orders, task: Task) -> Manifest:
    """Stages the rows of a unit."""
    with _given(orders, task) as given:
        return _manifest(task, *_core.stage(flags(task.unit.inputs, given), _id(task)))


def part(orders: Orders, task: Task, index: int) -> bytes:
    """The state of one part of a unit."""
    with _given(orders, task) as given:
        del given["to"]
        return _core.partial(flags(task.unit.inputs, given), index, task.unit.parts)


def merge(*states: bytes) -> bytes:
    """Several states of a unit as one."""
    return _core.merge(states)


def finish(orders: Orders, task: Task, *states: bytes) -> Manifest:
    """Stages the rows of a unit whose parts are in the states."""
    with _given(orders, task) as given:
        return _manifest(task, *_core.stage(flags(None, given), _id(task), states))


def _id(task: Task) -> int | None:
    return task.staged if isinstance(task.staged, int) else None


@contextlib.contextmanager
def _given(orders: Orders, task: Task) -> Iterator[dict[str, object]]:
    """The options of the task's run; files that these name are there meanwhile."""
    to = orders.to
    if isinstance(task.staged, str):
        to = task.directory
        if not to.startswith("s3://"):
            os.makedirs(to, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="costream-") as folder:
        reference = pathlib.Path(folder, "reference.json")
        reference.write_text(orders.reference, encoding="utf-8")
        given: dict[str, object] = {**orders.options, "reference": reference, "source": orders.source,
                                    "start": task.unit.start, "end": task.unit.end, "to": to}
        if orders.config is not None:
            config = pathlib.Path(folder, "config.yaml")
            config.write_text(orders.config, encoding="utf-8")
            given["config"] = config
        yield given


def _manifest(task: Task, text: str, checksum: str) -> Manifest:
    report = json.loads(text)
    return Manifest(task.directory if isinstance(task.staged, str) else None, report["rows"], checksum, report["input"]["rows"],
                    report["seconds"]["total"], report["peak_memory_bytes"], report["reconciliation"], report["warnings"],
                    os.uname().nodename, os.getpid())


def tree(states: Sequence[Any], merge_all: Any) -> list[Any]:
    """At most FAN_IN states: neighbours are merged until there are no more."""
    states = list(states)
    while len(states) > FAN_IN:
        states = [merge_all(*states[i:i + FAN_IN]) for i in range(0, len(states), FAN_IN)]
    return states
