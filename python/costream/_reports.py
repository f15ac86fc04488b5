"""The four reports as Arrow streams: anything with the PyCapsule interface as it is, pandas chunks one by one."""
from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa

from . import _core
from ._errors import ConfigError, InputError

INTERVAL_START = "interval_start"
_TEXT = pa.large_string()  # as pandas holds it


@runtime_checkable
class ArrowStream(Protocol):
    """What has Arrow data: tables and readers of pyarrow, frames of Polars, relations of DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


@functools.cache
def columns_of(report: str) -> tuple[frozenset[str], frozenset[str]]:
    """The columns of text and of numbers that the engine may want of a report."""
    texts, measures = _core.report_columns()[report]
    return frozenset(texts), frozenset(measures)


def is_frame(data: object) -> bool:
    """Whether it is a pandas frame (without importing pandas)."""
    return hasattr(data, "columns") and any(base.__module__.partition(".")[0] == "pandas" for base in type(data).__mro__)


class Failure:
    """What a caller's iterator has raised, kept while the engine unwinds."""

    def __init__(self) -> None:
        self.error: BaseException | None = None


Report = ArrowStream | Iterable[Any]
REPORTS = ("pod_usage", "pod_usage_daily", "storage_usage", "storage_usage_daily", "node_labels", "namespace_labels")


def streams_of(reports: Mapping[str, Report | None], failure: Failure) -> list[tuple[str, bool, object]]:
    """The reports as the engine takes them: name, whether of the daily table, stream."""
    streams: list[tuple[str, bool, object]] = []
    for key, data in reports.items():
        if key not in REPORTS:
            raise ConfigError(f"'{key}' is no report; use {', '.join(REPORTS)}")
        if data is not None:
            name = key.removesuffix("_daily")
            streams.append((name, name != key, stream_of(name, data, failure)))
    if not streams:
        raise ConfigError("no report is given: name pod_usage, at least")
    return streams


def stream_of(report: str, data: ArrowStream | Iterable[Any], failure: Failure) -> ArrowStream:
    """The data as one stream. A pandas frame and the chunks of an iterable are converted when the engine asks for
    them, those columns only that it may want."""
    if is_frame(data):
        data = [data]
    elif isinstance(data, ArrowStream):
        return data
    chunks = iter(data)
    first = next(chunks, None)
    if first is None:
        return pa.schema([]).empty_table()
    if is_frame(first):
        frames = _Frames(report, first)
        return pa.RecordBatchReader.from_batches(frames.schema, _kept(frames.batches(_chain(first, chunks)), failure))
    if not hasattr(first, "__arrow_c_stream__") and not hasattr(first, "__arrow_c_array__"):
        raise TypeError(f"{report}: neither Arrow data (__arrow_c_stream__) nor a pandas frame, nor an iterable of such: "
                        f"{type(first).__name__}")
    schema = _schema_of(first)
    return pa.RecordBatchReader.from_batches(schema, _kept(_batches(report, schema, _chain(first, chunks)), failure))


def _kept(batches: Iterator[pa.RecordBatch], failure: Failure) -> Iterator[pa.RecordBatch]:
    try:
        yield from batches
    except GeneratorExit:
        raise
    except BaseException as error:
        failure.error = error
        raise


def _schema_of(chunk: Any) -> pa.Schema:
    return chunk.schema if isinstance(chunk, (pa.RecordBatch, pa.Table)) else _reader(chunk).schema


def _reader(chunk: Any) -> pa.RecordBatchReader:
    if hasattr(chunk, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(chunk)
    batch = pa.record_batch(chunk)
    return pa.RecordBatchReader.from_batches(batch.schema, [batch])


def _batches(report: str, schema: pa.Schema, chunks: Iterator[Any]) -> Iterator[pa.RecordBatch]:
    number = 0
    for chunk in chunks:
        reader = _reader(chunk)
        if not reader.schema.equals(schema):
            raise InputError(f"{report}: chunk {number} has another schema than the first: {reader.schema} for {schema}")
        yield from reader
        number += 1


def _chain(first: Any, chunks: Iterator[Any]) -> Iterator[Any]:
    """The first again, then the rest; holds none longer than it takes."""
    yield first
    del first
    yield from chunks


class _Frames:
    """Chunks of a report as pandas frames. The first says what types the columns have in all of them."""

    def __init__(self, report: str, first: Any) -> None:
        self._report = report
        self._texts, self._measures = columns_of(report)
        known = {INTERVAL_START, *self._texts, *self._measures}
        names = [name for name in first.columns if name in known]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise self._error(0, twice, "occurs more than once")
        self.schema = pa.schema([(name, self._type_of(first[name])) for name in names])

    def batches(self, chunks: Iterator[Any]) -> Iterator[pa.RecordBatch]:
        number = 0
        for chunk in chunks:
            yield self._batch(chunk, number)
            del chunk
            number += 1

    def _type_of(self, column: Any) -> pa.DataType:
        """Numbers are doubles as they are in the engine, times what they are; all else is text."""
        name = column.name
        if name in self._measures:
            return pa.float64() if self._fits(column, pa.float64()) else _TEXT
        if hasattr(column.dtype, "categories"):
            return pa.dictionary(pa.int32(), pa.string())
        if name == INTERVAL_START:
            inferred = pa.array(column.head(1), from_pandas=True).type
            return inferred if pa.types.is_temporal(inferred) else _TEXT
        return _TEXT

    @staticmethod
    def _fits(column: Any, to: pa.DataType) -> bool:
        try:
            _array(column, to)
        except (pa.ArrowException, TypeError, ValueError):
            return False
        return True

    def _batch(self, chunk: Any, number: int) -> pa.RecordBatch:
        known = {INTERVAL_START, *self._texts, *self._measures}
        if more := [name for name in chunk.columns if name in known and name not in self.schema.names]:
            raise self._error(number, more[0], "is not in the first chunk")
        arrays = []
        for field in self.schema:
            if field.name not in chunk.columns:
                raise self._error(number, field.name, "is missing, unlike in the first chunk")
            try:
                arrays.append(_array(chunk[field.name], field.type))
            except (pa.ArrowException, TypeError, ValueError) as error:
                raise self._error(number, field.name, f"is not of type {field.type}, as the first chunk's: {error}") from error
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _error(self, number: int, column: str, what: str) -> InputError:
        error = InputError(f"{self._report}: chunk {number}: column '{column}': {what}")
        error.file, error.column = self._report, column
        return error


def _array(column: Any, to: pa.DataType) -> pa.Array:
    """A pandas column as an array of that type; what pandas takes for missing is null."""
    if pa.types.is_dictionary(to):
        if not hasattr(column.dtype, "categories"):
            return _array(column, pa.string()).dictionary_encode()
        codes = column.cat.codes.to_numpy()
        return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32(), mask=codes < 0),
                                              pa.array(column.cat.categories, pa.string(), from_pandas=True))
    if hasattr(column.dtype, "categories"):
        column = column.astype(object)
    array = pa.array(column, to, from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
