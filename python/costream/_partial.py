"""One run done by several processes: partial states, merged exactly and in any order."""
from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from . import _core
from ._flags import Date, Inputs, Path, Reference, flags, reference_file
from ._run import RunResult, table_of


def partial(inputs: Inputs, *, part: int = 0, parts: int = 1, reference: Reference | None = None, start: Date | None = None,
            end: Date | None = None, **options: Any) -> bytes:
    """The partial state of one part of a run, as an Arrow IPC stream.

    Every part plans the same inputs with the same options, those of `run` without `to`, and takes every `parts`-th file
    or row group; parts are counted from 0. The size follows from the distinct groups, not from the input rows. Raises as
    `run` does; ConfigError where the state outgrows `memory_limit`, since nothing is spilled: make more parts then.
    """
    with reference_file(reference) as path:
        given = {"reference": path, "start": start, "end": end, **options}
        return _core.partial(flags(inputs, given), part, parts)


def merge(partials: Iterable[bytes]) -> bytes:
    """Several partial states of a run as one, in any order and grouping. ConfigError for states of different runs, and for
    a part that comes twice."""
    return _core.merge(list(partials))


def finalize(partials: bytes | Iterable[bytes], *, to: Path | None = None, reference: Reference | None = None,
             **options: Any) -> RunResult:
    """The rows of all parts, as `run` gives or writes them, to the last bit. ConfigError where a part is missing.

    Source, days and kinds of rows are those of the parts; `reference`, `to` and the options of targets are as in `run`.
    What the report tells of the input (files, bytes, rows) is 0.
    """
    states = [partials] if isinstance(partials, bytes) else list(partials)
    with reference_file(reference) as path:
        report, stream = _core.finalize(flags(None, {"to": to, "reference": path, **options}), states)
    return RunResult(json.loads(report), None if stream is None else table_of(stream))
