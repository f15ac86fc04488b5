"""The engine of one process: one task after the other."""
from __future__ import annotations

from collections import deque
from collections.abc import Callable

from .._errors import CostreamError
from . import work
from .plan import Orders
from .work import Manifest, Task


class LocalEngine:
    """See schedule.Engine."""

    slots = 1

    def __init__(self, orders_of: Callable[[Task], Orders]) -> None:
        self._orders_of = orders_of
        self._tasks: deque[Task] = deque()

    def submit(self, task: Task) -> None:
        self._tasks.append(task)

    def wait(self, seconds: float) -> list[tuple[Task, Manifest | Exception]]:
        task = self._tasks.popleft()
        try:
            return [(task, self._done(task))]
        except CostreamError as error:
            return [(task, error)]

    def close(self) -> None:
        self._tasks.clear()

    def _done(self, task: Task) -> Manifest:
        orders = self._orders_of(task)
        if task.unit.parts == 1:
            return work.whole(orders, task)
        states = [work.part(orders, task, index) for index in range(task.unit.parts)]
        return work.finish(orders, task, *work.tree(states, work.merge))
