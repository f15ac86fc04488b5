"""What there is beside a run: diff, generate, convert."""
from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any, Literal

from . import _core
from ._flags import Date, Inputs, Path, day, paths


def diff(a: Path, b: Path, *, tolerance: float = 1e-9, ignore: Iterable[str] = (), limit: int = 20,
         source: str | None = None, start: Date | None = None, end: Date | None = None) -> dict[str, Any]:
    """What is different between two summaries (x.parquet, x.csv, DIR/, sqlite:x.db), as `costream diff --output json`
    tells it: "equal" says whether nothing is.

    tolerance: relative; 1e-12 absolute always is equal. ignore: columns not to look at. limit: most differences to show.
    """
    report: dict[str, Any] = json.loads(
        _core.diff(os.fspath(a), os.fspath(b), tolerance, list(ignore), limit, source, day(start), day(end)))
    return report


def generate(out: Path, *, rows: int = 500_000, seed: int = 1, format: Literal["parquet", "csv"] = "parquet",
             month: str = "2025-11", source: str = "3b1f6a52-7c0e-4d6e-9f0b-5a1f0c2d7e11", org: str = "1234567") -> dict[str, int]:
    """Makes up a cluster month in the folder `out`, with `rows` hourly pod rows and a reference.json. The same seed gives
    the same rows. Returns counts of rows, files and bytes."""
    return _core.generate(os.fspath(out), rows, seed, _choice("format", format, "csv", "parquet"), month, source, org)


def convert(inputs: Inputs, out: Path, *, source: str, org: str, layout: Literal["flat", "koku"] = "flat") -> dict[str, Any]:
    """Turns payloads (.tar.gz) and CSV reports into a Parquet tree below `out`, hourly and daily tables; newer payloads
    replace what they supersede. On an error the tree is as it was. Returns what `costream convert --output json` tells."""
    report: dict[str, Any] = json.loads(
        _core.convert(paths(inputs), os.fspath(out), _choice("layout", layout, "koku", "flat"), source, org))
    return report


def _choice(name: str, value: str, chosen: str, other: str) -> bool:
    if value not in (chosen, other):
        raise ValueError(f"{name} '{value}': must be {other} or {chosen}")
    return value == chosen
