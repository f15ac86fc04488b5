"""Exact daily summaries of OpenShift usage reports, in bounded memory: the engine of the `costream` command.

    import costream
    result = costream.run("reports/", reference="reference.json", month="2025-11")
    print(result.to_pandas())

`run` reads files, payloads and S3; `aggregate` and `aggregate_streaming` take Arrow data and pandas frames;
`costream.prototype` has the classes of the Python prototype. docs/python.md tells the rest.
"""
import importlib.metadata

import pyarrow  # noqa: F401  its Arrow is the engine's

from ._aggregate import aggregate, aggregate_streaming
from ._errors import (AnomalyError, CancelledError, ConfigError, CostreamError, InputError, InternalError, OutOfMemoryError,
                      TransientError)
from ._partial import finalize, merge, partial
from ._run import Progress, RunResult, explain, plan, run, validate
from ._summaries import convert, diff, generate

__version__ = importlib.metadata.version("costream")
__all__ = ["AnomalyError", "CancelledError", "ConfigError", "CostreamError", "InputError", "InternalError",
           "OutOfMemoryError", "Progress", "RunResult", "TransientError", "aggregate", "aggregate_streaming", "convert",
           "diff", "explain", "finalize", "generate", "merge", "partial", "plan", "run", "validate"]
