"""Parquet tables by the path templates of the config file, on disk or in S3."""
from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow.fs
import pyarrow.parquet as pq

from ._errors import ConfigError, InputError

if TYPE_CHECKING:
    import pandas as pd

_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


def expand(text: str) -> str:
    """${VAR}, which must be set, and ${VAR:-default} replaced, as the command does."""

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if match[2] is not None:
            return found or match[2]
        if found is None:
            raise ConfigError(f"{match[0]}: the environment has no such variable")
        return found

    return _VARIABLE.sub(value, text)


def true(value: object) -> bool:
    """Booleans of config files may be texts."""
    return str(value).strip().lower() in ("true", "yes", "1", "on")


class Tree:
    """The tables below a folder of a file system."""

    def __init__(self, system: pyarrow.fs.FileSystem, root: str, templates: Mapping[str, Any]) -> None:
        self._system, self._root, self._templates = system, root, templates

    def files(self, key: str, provider_uuid: str, year: str | int, month: str | int) -> list[str]:
        """The Parquet files of a table and month, by name."""
        template = self._templates.get(key)
        if not template:
            raise ConfigError(f"config: ocp.{key} is missing")
        folder = expand(str(template)).format(provider_uuid=provider_uuid, year=year, month=f"{int(month):02}").rstrip("/")
        if self._root:
            folder = f"{self._root}/{folder}"
        base = folder.partition("*")[0].rpartition("/")[0] if "*" in folder else folder
        selector = pyarrow.fs.FileSelector(base or ".", recursive=True, allow_not_found=True)
        try:
            found = [info.path for info in self._system.get_file_info(selector) if info.type == pyarrow.fs.FileType.File]
        except OSError as error:
            raise InputError(f"{base}: cannot be listed: {error}") from error
        return sorted(path for path in found
                      if path.endswith(".parquet") and fnmatch.fnmatchcase(path.rpartition("/")[0], folder))

    def read(self, key: str, provider_uuid: str, year: str | int, month: str | int, columns: Sequence[str] | None,
             chunk_size: int) -> Iterator[pd.DataFrame]:
        """Frames of up to chunk_size rows, of those columns that a file has. InputError where there is no file."""
        files = self.files(key, provider_uuid, year, month)
        if not files:
            raise InputError(f"no Parquet file of {provider_uuid}, {year}-{month}, for ocp.{key}")
        return self._frames(files, columns, chunk_size)

    def _frames(self, files: list[str], columns: Sequence[str] | None, chunk_size: int) -> Iterator[pd.DataFrame]:
        for path in files:
            with self._system.open_input_file(path) as source:
                file = pq.ParquetFile(source)
                names = [name for name in file.schema_arrow.names if columns is None or name in columns]
                for batch in file.iter_batches(chunk_size, columns=names):
                    yield batch.to_pandas()

    def reachable(self) -> bool:
        """Whether it can be listed."""
        try:
            return self._system.get_file_info(self._root or ".").type == pyarrow.fs.FileType.Directory
        except OSError:
            return False


def tree_of(config: Mapping[str, Any]) -> Tree:
    """Where the config's reports lie: in the bucket of section `s3`, else in the working folder."""
    templates = config.get("ocp") or {}
    s3 = {key: expand(value) if isinstance(value, str) else value for key, value in (config.get("s3") or {}).items()}
    if not s3.get("endpoint") and not s3.get("access_key"):
        return Tree(pyarrow.fs.LocalFileSystem(), "", templates)
    scheme, _, host = str(s3.get("endpoint") or "").rpartition("://")
    secure = "https" if true(s3.get("use_ssl", False)) else "http"
    system = pyarrow.fs.S3FileSystem(
        access_key=s3.get("access_key") or None, secret_key=s3.get("secret_key") or None,
        region=s3.get("region") or "us-east-1", endpoint_override=host.rstrip("/") or None,
        scheme=scheme or (secure if host else "https"))
    return Tree(system, str(s3.get("bucket") or "cost-management"), templates)
