"""From the inputs of a source to units, each for one task or, where it is large, several."""
from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from .. import _core
from .._errors import ConfigError
from .._flags import flags

# Some fifteen seconds of one core. A unit above it is cut.
UNIT_ROWS = 50_000_000
# Of one source or one process; a run of units cannot keep what they promise.
_REFUSED = ("truncate", "validate_expected", "metrics_file", "metrics_push")
# What the plan has resolved, and the driver alone needs.
_RESOLVED = ("config", "month", "start", "end", "source", "to", "reference", "output", "yes", "log_level", "tracing_id")


@dataclasses.dataclass(frozen=True)
class Unit:
    """A day of a source, or neighbours that read the same bytes."""

    start: str
    end: str
    inputs: tuple[str, ...]
    bytes: int
    rows: int
    """Estimated."""
    parts: int
    """Tasks that read it."""
    version: str
    """Of its inputs: a unit of another version has to be done again."""


@dataclasses.dataclass(frozen=True)
class Orders:
    """What the tasks of a source are told. Everything in it comes along: workers need none of the driver's files."""

    source: str
    options: Mapping[str, object]
    """Keyword arguments of a run, without target and days."""
    reference: str
    """JSON."""
    config: str | None = dataclasses.field(repr=False)
    """YAML, its variables not yet replaced."""
    to: str = dataclasses.field(repr=False)
    """May hold a password, as may the config file: neither is for argument lists or logs."""


@dataclasses.dataclass(frozen=True)
class SourcePlan:
    """A source's part of a run."""

    orders: Orders
    start: str
    end: str
    target: str
    """As it may be shown."""
    staged_in: str
    """database, directory"""
    schema: str
    """Of a database."""
    config: str | None
    """Path of the config file."""
    threads: int
    memory_limit: int
    units: tuple[Unit, ...]
    notes: list[str]
    warnings: list[str]

    def arguments(self) -> list[str]:
        """Flags that tell whose rows are replaced where."""
        return flags(None, {**self.orders.options, "config": self.config, "source": self.orders.source, "start": self.start,
                            "end": self.end, "to": self.orders.to})


def check_options(options: Mapping[str, object]) -> None:
    """ConfigError for what a run of units cannot do."""
    for name in _REFUSED:
        if options.get(name):
            raise ConfigError(f"--{name.replace('_', '-')} is for a run without --engine")


def sources_of(inputs: Sequence[str] | None, options: Mapping[str, object], named: Sequence[str]) -> list[str]:
    """Those named, or all that paths and config file name."""
    return _core.sources(flags(inputs, options), list(named))


def plan_source(inputs: Sequence[str] | None, options: Mapping[str, object], source: str | None, unit_rows: int) -> SourcePlan:
    """The units of a source; without one, of the only one there is. Raises as a run does."""
    found: dict[str, Any] = json.loads(_core.units(flags(inputs, {**options, "source": source})))
    if found["staged_in"] is None:
        raise ConfigError(f"--to {found['target'] or '(none)'}: with --engine rows go to a database (postgresql://...) or a directory "
                          "(DIR/, s3://bucket/DIR/)")
    told = {name: value for name, value in options.items() if name not in _RESOLVED}
    told |= {name: found[name] for name in ("cluster_id", "cluster_alias", "report_period_id") if found[name] is not None}
    told |= {"threads": found["threads"], "memory_limit": found["memory_limit"], "log_level": "warning"}
    config = options.get("config")
    to = found["to"] if found["staged_in"] == "database" else _anywhere(found["to"]).rstrip("/") + "/"
    return SourcePlan(
        Orders(found["source"], told, found["reference"], None if config is None else _text_of(str(config)), to),
        found["start"], found["end"], found["target"], found["staged_in"], found["schema"],
        None if config is None else str(config), found["threads"], found["memory_limit"],
        tuple(_unit(unit, unit_rows) for unit in found["units"]), found["notes"], found["warnings"])


def _unit(found: dict[str, Any], unit_rows: int) -> Unit:
    parts = min(-(-found["rows"] // unit_rows), found["pieces"])
    return Unit(found["start"], found["end"], tuple(_anywhere(path) for path in found["inputs"]), found["bytes"],
                found["rows"], max(1, parts), found["version"])


def _anywhere(path: str) -> str:
    """The path for a process in another folder."""
    return path if path.startswith("s3://") else os.path.abspath(path)


def _text_of(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()
