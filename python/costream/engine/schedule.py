"""Tasks through an engine: as many at once as it can use, those that failed for a reason that may pass again."""
from __future__ import annotations

import dataclasses
import heapq
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from .._errors import InternalError, TransientError
from .work import Manifest, Task

LOG = logging.getLogger("costream")
# Seconds before the second attempt and the third, which is the last.
DELAYS = (1.0, 5.0)
ATTEMPTS = len(DELAYS) + 1

T = TypeVar("T")


class WorkerLostError(TransientError):
    """The process of a task ended before the task, or its machine is gone."""


class Engine(Protocol):
    """Runs tasks, in any order."""

    @property
    def slots(self) -> int:
        """Tasks under way at once that keep it busy."""

    def submit(self, task: Task) -> None:
        """Has the task done; returns at once."""

    def wait(self, seconds: float) -> list[tuple[Task, Manifest | Exception]]:
        """What came of submitted tasks, each told once; nothing where none ended in that time."""

    def close(self) -> None:
        """Ends what is under way."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a task after its last attempt."""

    task: Task
    result: Manifest | Exception
    seconds: float
    """From its first submission on."""


def run_tasks(engine: Engine, tasks: Iterable[Task], wanted: Callable[[Task], bool]) -> Iterator[Outcome]:
    """The outcomes of the tasks, as they come; of tasks that are no longer wanted when their turn comes, none."""
    waiting = deque(tasks)
    later: list[tuple[float, int, Task]] = []  # by when, number
    begun: dict[int, float] = {}
    lost: dict[int, int] = {}
    flying = 0
    while waiting or later or flying:
        now = time.monotonic()
        while later and later[0][0] <= now:
            waiting.appendleft(heapq.heappop(later)[2])
        while waiting and flying < engine.slots:
            task = waiting.popleft()
            if not wanted(task):
                continue
            begun.setdefault(task.number, now)
            engine.submit(task)
            flying += 1
        if not flying:
            if later:
                time.sleep(max(0.0, later[0][0] - now))
            continue
        for task, result in engine.wait(min(1.0, max(0.01, later[0][0] - now)) if later else 1.0):
            flying -= 1
            lost[task.number] = lost.get(task.number, 0) + isinstance(result, WorkerLostError)
            if isinstance(result, TransientError) and task.attempt < ATTEMPTS:
                LOG.warning("unit %s to %s, attempt %d: %s", task.unit.start, task.unit.end, task.attempt, result)
                again = dataclasses.replace(task, attempt=task.attempt + 1)
                heapq.heappush(later, (time.monotonic() + DELAYS[task.attempt - 1], task.number, again))
                continue
            if lost[task.number] == ATTEMPTS:  # that is no accident
                result = InternalError(f"the worker ended at each of {ATTEMPTS} attempts: {result}")
            yield Outcome(task, result, time.monotonic() - begun.pop(task.number))


def attempts(work: Callable[[], T]) -> T:
    """What `work` returns; it is tried again as tasks are."""
    for delay in DELAYS:
        try:
            return work()
        except TransientError as error:
            LOG.warning("%s; trying again in %g s", error, delay)
            time.sleep(delay)
    return work()
