"""The targets, for tests that hold for all of them."""
import contextlib
import fcntl
import io
import pathlib
import shutil
import sqlite3

import pyarrow.parquet

import support


class File:
    """A file that a run replaces whole."""

    def __init__(self, tmp_path):
        self.path = tmp_path / f"summary.{self.name}"
        self.to = str(self.path)

    def move(self, folder):
        self.__init__(folder)

    def rows(self):
        return support.read_output(self.path) if self.path.exists() else []

    def state(self):
        """All that an unchanged target must keep."""
        return self.path.read_bytes() if self.path.exists() else None

    def hidden(self):
        return [str(p) for p in self.path.parent.iterdir() if p != self.path]


class Csv(File):
    name = "csv"


class Parquet(File):
    name = "parquet"


class Directory:
    name = "directory"

    def __init__(self, tmp_path):
        self.path = tmp_path / "summary"
        self.to = f"{self.path}/"

    def move(self, folder):
        self.__init__(folder)

    @contextlib.contextmanager
    def held(self):
        """As another run holds it."""
        hidden = next(self.path.glob("source=*")) / ".costream"
        hidden.mkdir()
        with open(hidden / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        shutil.rmtree(hidden)

    def rows(self):
        """As support.read_output, in day order; none where there is no target."""
        files = sorted(self.path.rglob("*.parquet")) if self.path.exists() else []
        return [row for file in files for row in support.read_output(file)]

    def state(self):
        """All that an unchanged target must keep."""
        return {str(p.relative_to(self.path)): p.read_bytes() if p.is_file() else None
                for p in pathlib.Path(self.path).rglob("*")} if self.path.exists() else None

    def hidden(self):
        return [str(p) for p in self.path.rglob("*") if p.name.startswith(".")]


class Sqlite:
    name = "sqlite"

    def __init__(self, tmp_path):
        self.path = tmp_path / "summary.db"
        self.to = f"sqlite:{self.path}"

    def move(self, folder):
        self.__init__(folder)

    @contextlib.contextmanager
    def held(self):
        """As another run holds it."""
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            yield
            database.execute("ROLLBACK")

    def execute(self, *sql):
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            database.row_factory = sqlite3.Row
            rows = [dict(row) for row in database.execute(*sql)]
            database.commit()
        return rows

    def rows(self):
        if not self.path.exists():
            return []
        columns = ", ".join(["uuid", *support.OUT_KEYS, *support.OUT_MEASURES])
        return [support.typed(row) for row in self.execute(f"SELECT {columns} FROM {TABLE} ORDER BY usage_start, rowid")]

    def state(self):
        if not self.path.exists():
            return None
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            return list(database.iterdump())

    def hidden(self):
        return [str(p) for p in self.path.parent.glob("summary.db-*")]


class Store:
    """A directory in S3."""
    name = "store"

    def __init__(self, s3):
        self.s3 = s3
        s3.client.create_bucket(Bucket=s3.bucket)
        self.to = f"s3://{s3.bucket}/summary/"

    def objects(self):
        return {o["Key"]: self.s3.client.get_object(Bucket=self.s3.bucket, Key=o["Key"])["Body"].read()
                for o in self.s3.client.list_objects_v2(Bucket=self.s3.bucket).get("Contents", [])}

    def rows(self):
        return [support.typed(row) for name, body in sorted(self.objects().items())
                if name.endswith(".parquet") and "/." not in name
                for row in pyarrow.parquet.ParquetFile(io.BytesIO(body)).read().to_pylist()]

    def state(self):
        return self.objects() or None

    def put(self, objects):
        """Exactly these."""
        for name in self.objects().keys() - objects.keys():
            self.s3.client.delete_object(Bucket=self.s3.bucket, Key=name)
        for name, body in objects.items():
            self.s3.client.put_object(Bucket=self.s3.bucket, Key=name, Body=body)

    def hidden(self):
        return [name for name in self.objects() if not name.endswith("/summary.parquet")]


class Database:
    """A schema in PostgreSQL, as tests/postgres/conftest.py makes it."""
    name = "postgres"

    def __init__(self, schema):
        self.schema, self.to = schema.init(), schema.uri

    def rows(self):
        columns = ", ".join(["uuid", *support.OUT_KEYS, *support.OUT_MEASURES])
        with self.schema.connect() as connection:
            cursor = connection.execute(f"SELECT {columns} FROM {self.schema.table} ORDER BY usage_start, data_source")
            names = [column.name for column in cursor.description]
            return [support.typed(dict(zip(names, row))) for row in cursor]

    def state(self):
        return self.schema.snapshot()

    def hidden(self):
        return []


TABLE = "reporting_ocpusagelineitem_daily_summary"
LOCAL = [Directory, Sqlite]  # of those that replace by source and day
