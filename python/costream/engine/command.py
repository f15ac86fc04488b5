"""`costream run --engine ...`: the command's flags, this package's work."""
from __future__ import annotations

import contextlib
import json
import logging
import signal
import sys
from typing import Any

from .. import _core
from .._errors import CostreamError
from .._run import Bar
from .spread import spread


def run(arguments: list[str]) -> int:
    """Does what the arguments behind `costream run` say; returns the exit code."""
    _core.hide_arguments()  # before Ray notes them down as those of its job
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO)
    signal.signal(signal.SIGTERM, _stop)
    bar = Bar() if sys.stderr.isatty() else None
    try:
        inputs, options = _core.options(arguments)
        output = options.pop("output", "table")
        engine, address = options.pop("engine"), options.pop("address", None)
        code, report = _spread(inputs or None, options, engine, address, bar)
    except CostreamError as error:
        logging.error("%s", error)
        return error.exit_code
    except KeyboardInterrupt as stop:
        logging.error("stopped by a signal; sources that are not complete are unchanged")
        return 128 + (stop.args[0] if stop.args else signal.SIGINT)
    print(json.dumps(report, indent=2) if output == "json" else table(report))
    return code


def _stop(number: int, frame: object) -> None:
    raise KeyboardInterrupt(number)


def _spread(inputs: list[str] | None, options: dict[str, str], engine: str, address: str | None,
            bar: Bar | None) -> tuple[int, dict[str, Any]]:
    """The exit code and the report, where there is one."""
    try:
        with contextlib.redirect_stdout(sys.stderr):  # Ray talks
            return 0, spread(inputs, options, engine, address, bar)
    except CostreamError as error:
        if error.report is None:
            raise
        logging.error("%s", error)
        return error.exit_code, error.report
    finally:
        if bar:
            bar.end()


def table(report: dict[str, Any]) -> str:
    """A line for each source, as a run of several sources without an engine has."""
    lines = [f"{'source':<36}{'Pod':>9}{'Storage':>9}{'Unallocated':>13}{'units':>7}  outcome"]
    for one in report["sources"]:
        if one["outcome"] == "done":
            rows = one["rows"]
            lines.append(f"{one['source_uuid']:<36}{rows['pod']:>9}{rows['storage']:>9}{rows['unallocated']:>13}{one['units']:>7}  done")
        else:
            unit = f", {one['unit']}" if one["unit"] else ""
            lines.append(f"{one['source_uuid']:<36}{'-':>9}{'-':>9}{'-':>13}{'-':>7}  FAILED (exit code {one['exit_code']}{unit}): {one['error']}")
    attempts = sum(unit["attempts"] - 1 for unit in report["units"])
    lines.append(f"run {report['run']}: {report['done']} sources done, {report['failed']} failed; {len(report['units'])} units, "
                 f"{attempts} tried again; {report['seconds']['total']:.1f} s")
    return "\n".join(lines)
