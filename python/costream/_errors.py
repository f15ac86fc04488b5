"""The exceptions of the package, by kind, as the exit codes of the command are."""
from __future__ import annotations

from typing import Any, ClassVar


class CostreamError(Exception):
    """What went wrong, and what to do. The attributes tell where in the input it lies, as far as that is known."""

    exit_code: ClassVar[int] = 1
    """Of the command."""
    file: str | None = None
    """Name of the file; of Arrow data and frames, of the report ("pod_usage")."""
    row_group: int | None = None
    """Of a Parquet file, from 0."""
    line: int | None = None
    """Of a CSV file, from 1, which is the header."""
    row: int | None = None
    """From 0: in the row group, or in all of the stream."""
    column: str | None = None
    report: dict[str, Any] | None = None
    """Of a run with an engine, some of whose sources failed: what became of each (docs/scaling.md)."""


class ConfigError(CostreamError, ValueError):
    """Options, reference data or target that cannot be used (exit code 2)."""

    exit_code = 2


class InputError(CostreamError, ValueError):
    """Input that is absent or cannot be read (3)."""

    exit_code = 3


class AnomalyError(CostreamError):
    """Rows that are not those that were expected (4)."""

    exit_code = 4


class TransientError(CostreamError):
    """A service, S3 or the database, is not to be had now: try again later (75)."""

    exit_code = 75


class InternalError(CostreamError):
    """A bug of costream (1)."""


class OutOfMemoryError(CostreamError, MemoryError):
    """No memory is left (1)."""


class CancelledError(CostreamError):
    """The work was stopped."""

    exit_code = 130
