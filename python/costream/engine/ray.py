"""The engine on Ray: a task of ours is a task of Ray's, or some that feed each other through its object store."""
from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from .._errors import ConfigError, CostreamError, InternalError
from . import work
from .plan import Orders
from .schedule import LOG, WorkerLostError
from .work import Manifest, Task

# What a worker holds before its first task: Python, Ray, Arrow and the engine. The memory limit is beside it.
IDLE_WORKER_BYTES = 256 << 20
# States of parts pass through it; what does not fit Ray writes to disk.
OBJECT_STORE_BYTES = 128 << 20
# Each processor is kept busy by so many tasks, waiting ones included.
TASKS_PER_PROCESSOR = 4


class RayEngine:
    """See schedule.Engine. Starts Ray on this machine where there is no address, unless the caller has connected."""

    def __init__(self, orders_of: Callable[[Task], Orders], address: str | None, threads: int, memory_limit: int) -> None:
        self._ray = ray = _import(address)
        self._orders_of, self._threads = orders_of, threads
        self._orders: dict[int, Any] = {}  # by id of the orders: where they are in the object store
        self._flying: dict[Any, Task] = {}
        self._slots, self._looked = 1, float("-inf")
        self._connected = ray.is_initialized()
        if not self._connected:
            _connect(ray, address)
        # A task that is lost is tried again by the schedule, with a delay and a count.
        needs: dict[str, Any] = {"num_cpus": threads, "memory": memory_limit + IDLE_WORKER_BYTES, "max_retries": 0}
        self._whole, self._part, self._merge, self._finish = (
            ray.remote(**needs)(function) for function in (work.whole, work.part, work.merge, work.finish))
        if not any(node["Alive"] and all(node["Resources"].get(name, 0) >= need for name, need in
                                         (("CPU", threads), ("memory", needs["memory"]))) for node in ray.nodes()):
            what = f"no node has {threads} processors and {needs['memory'] >> 20} MiB for a task (--threads, --memory-limit)"
            if address is None and not self._connected:
                self.close()
                raise ConfigError(what)
            LOG.warning("%s; waiting for one", what)

    @property
    def slots(self) -> int:
        """Follows a cluster that grows and shrinks."""
        if time.monotonic() > self._looked + 1:
            processors = int(self._ray.cluster_resources().get("CPU", 1))
            self._slots, self._looked = max(1, TASKS_PER_PROCESSOR * processors // self._threads), time.monotonic()
        return self._slots

    def submit(self, task: Task) -> None:
        orders = self._stored(self._orders_of(task))
        if task.unit.parts == 1:
            self._flying[self._whole.remote(orders, task)] = task
            return
        states = [self._part.remote(orders, task, index) for index in range(task.unit.parts)]
        self._flying[self._finish.remote(orders, task, *work.tree(states, self._merge.remote))] = task

    def wait(self, seconds: float) -> list[tuple[Task, Manifest | Exception]]:
        ready, rest = self._ray.wait(list(self._flying), num_returns=1, timeout=seconds)
        if ready and rest:
            ready += self._ray.wait(rest, num_returns=len(rest), timeout=0)[0]
        return [(self._flying.pop(reference), self._result(reference)) for reference in ready]

    def close(self) -> None:
        for reference in self._flying if self._ray.is_initialized() else ():
            self._ray.cancel(reference, force=True)
        self._flying.clear()
        if not self._connected:
            self._ray.shutdown()

    def _stored(self, orders: Orders) -> Any:
        """A reference to the orders, which all tasks of a source share."""
        if id(orders) not in self._orders:
            self._orders[id(orders)] = self._ray.put(orders)
        return self._orders[id(orders)]

    def _result(self, reference: Any) -> Manifest | Exception:
        failures = self._ray.exceptions
        try:
            return self._ray.get(reference)
        except Exception as error:
            cause = error.cause if isinstance(error, failures.RayTaskError) else error
            if isinstance(cause, CostreamError):
                return cause
            if isinstance(cause, (failures.WorkerCrashedError, failures.NodeDiedError, failures.LocalRayletDiedError,
                                  failures.OutOfMemoryError, failures.ObjectLostError)):
                return WorkerLostError(str(cause).partition("\n")[0])
            return InternalError(f"{type(cause).__name__}: {cause}")


def _import(address: str | None) -> Any:
    """Ray, which reads these variables when it is imported."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if address is None:  # whoever reaches Ray's ports can run anything: they are to be on the loopback
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    try:
        import ray
    except ImportError as error:
        raise ConfigError("--engine ray needs Ray: pip install 'costream[ray]'") from error
    return ray


def _connect(ray: Any, address: str | None) -> None:
    quiet: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
    try:
        with _own_sigterm():
            if address is None:
                ray.init("local", include_dashboard=False, object_store_memory=OBJECT_STORE_BYTES, **quiet)
            else:
                ray.init(address, **quiet)
    except (ConnectionError, ValueError) as error:
        raise ConfigError(f"--address {address}: {error}") from error


@contextlib.contextmanager
def _own_sigterm() -> Iterator[None]:
    """Keeps the program's handler, where it has one: Ray puts in its own, which ends the process at once."""
    ours = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if callable(ours) and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, ours)
