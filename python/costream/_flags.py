"""Keyword arguments as flags of the command, so that both have the same options with the same checks."""
from __future__ import annotations

import contextlib
import datetime
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Path = str | os.PathLike[str]
Inputs = Path | Sequence[Path]
Reference = Path | Mapping[str, Any]
Date = str | datetime.date


def paths(inputs: Inputs) -> list[str]:
    """The inputs as a list of texts."""
    if isinstance(inputs, (str, os.PathLike)):
        inputs = [inputs]
    return [os.fspath(path) for path in inputs]


def day(date: Date | None) -> str | None:
    """The date as the engine takes it, like 2025-11-01."""
    return date if date is None or isinstance(date, str) else date.strftime("%Y-%m-%d")


def flags(inputs: Inputs | None, options: Mapping[str, object]) -> list[str]:
    """The options as flags, None and False left out; then the inputs."""
    arguments = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if value is True:
            arguments.append(flag)
        elif isinstance(value, (list, tuple, set, frozenset)):
            arguments.append(f"{flag}={','.join(value)}")
        elif isinstance(value, datetime.date):
            arguments.append(f"{flag}={day(value)}")
        elif value is not None and value is not False:
            arguments.append(f"{flag}={os.fspath(value) if isinstance(value, os.PathLike) else value}")
    return [*arguments, "--", *paths(inputs)] if inputs is not None else arguments


@contextlib.contextmanager
def reference_file(reference: Reference | None) -> Iterator[str | None]:
    """The path of the reference data; a mapping is written into a file meanwhile."""
    if not isinstance(reference, Mapping):
        yield None if reference is None else os.fspath(reference)
        return
    with tempfile.NamedTemporaryFile("w", prefix="costream-", suffix=".json", encoding="utf-8") as file:
        json.dump(dict(reference), file)
        file.flush()
        yield file.name
