"""The named fault points (src/base/fault_point.h) over a run of units: at each a worker of Ray's, or the driver, fails or is
killed. Either all is tried again and exact, or nothing has changed; then the run that takes it up, or the next one, is right.

The package of the workers is this one with the extension of the dev build, which has the points.
"""
import collections
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
import ray
from ray.cluster_utils import Cluster

import costream
import support
from conftest import REFERENCE, SOURCES, TABLE, Schema, reference_file
from faults import seed

BUILT = support.ROOT / "build/dev/python"
SOURCE = SOURCES[0]
DAYS = {"start": "2025-11-01", "end": "2025-11-02"}
MEMORY = "arrow.allocate"
OF_TASKS = {"database": {"postgres.begin", "postgres.copy", "postgres.commit"},
            "directory": {"file.sync", "file.rename", "days.record", "days.apply", "days.forget"},
            "store": {"object.complete", "days.record", "days.apply", "days.forget"}}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """A folder with the package that has the points."""
    built = list(BUILT.glob("_core.*.so"))
    if not built:
        support.absent(f"{BUILT} has no extension (cmake --build --preset dev)")
    folder = tmp_path_factory.mktemp("faulty")
    shutil.copytree(support.ROOT / "python/costream", folder / "costream", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(built[0], folder / "costream")
    return folder


@pytest.fixture(scope="module")
def cluster():
    """Of one processor: the worker does one unit after the other, so that its points come in order."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": 80 << 20, "include_dashboard": False})
    yield cluster
    cluster.shutdown()


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    """Two versions of a source's month."""
    folders = []
    for version in (1, 2):
        folders.append(tmp_path_factory.mktemp(f"version{version}"))
        costream.generate(folders[-1], rows=1500, seed=40 + version, source=SOURCE)
    return folders


def test_the_package_itself_has_none(faulty):
    """The wheel is a release build."""
    of_wheel, = pathlib.Path(costream.__file__).parent.glob("_core.*.so")
    with_points, = faulty.glob("costream/_core.*.so")
    assert b"COSTREAM_FAULT" in with_points.read_bytes() and b"COSTREAM_FAULT" not in of_wheel.read_bytes()


class Target:
    """Holds version 1; `run` puts version 2 over it."""

    def __init__(self, trees, to, **options):
        self.trees, self.options = trees, {"to": to, "source": SOURCE, "reference": REFERENCE, **DAYS, **options}
        costream.run(trees[0], **self.options)
        self.before = self.state()
        self.keep()
        self.run("local")
        self.after = self.state()
        assert self.left() == 0 and self.before.keys() == self.after.keys()
        assert not [key for key in self.before if self.before[key] == self.after[key]]
        self.restore()

    def run(self, engine, **more):
        return costream.run(self.trees[1], engine=engine, **{**self.options, **more})

    def check(self, stands, mixed=False):
        """That the old rows stand, or the new ones; mixed: of some days the new ones already."""
        state = self.state()
        assert state in stands or mixed and all(state.get(key) in (self.before[key], self.after[key]) for key in self.before | state)
        return state

    def complete(self):
        """The next run, which takes up what it can, is right and leaves nothing."""
        run = self.unfinished()
        self.run("local", **({"resume": run} if run else {}))
        assert self.state() == self.after and self.left() == 0
        self.restore()

    def unfinished(self):
        return None


class Database(Target):
    name = "database"

    def __init__(self, schema, trees, tmp_path):
        self.schema = schema
        super().__init__(trees, schema.uri, schema=schema.name)

    def state(self):
        return {"rows": tuple(self.schema.rows())}  # all or nothing

    def keep(self):
        self.schema.sql(f"CREATE TABLE kept AS SELECT * FROM {TABLE}")

    def restore(self):
        self.schema.sql(f"DELETE FROM {TABLE}; INSERT INTO {TABLE} SELECT * FROM kept")

    def left(self):
        return sum(self.schema.left_over())

    def unfinished(self):
        runs = self.schema.sql("SELECT run FROM costream_run")
        assert len(runs) <= 1
        return runs[0][0] if runs else None


class Directory(Target):
    name = "directory"

    def __init__(self, trees, tmp_path):
        self.folder, self.kept = tmp_path / "live", tmp_path / "kept"
        self.folder.mkdir()
        super().__init__(trees, f"{self.folder}/")

    def state(self):
        return {path.parent.name: path.read_bytes() for path in sorted(self.folder.glob("source=*/**/summary.parquet"))
                if ".costream" not in str(path.relative_to(self.folder))}

    def keep(self):
        shutil.copytree(self.folder, self.kept)

    def restore(self):
        shutil.rmtree(self.folder)
        shutil.copytree(self.kept, self.folder)

    def left(self):
        """Hidden files; units of runs that died stay for a day, to be removed by a run that comes then."""
        return len([path for path in self.folder.rglob("*") if ".costream" in str(path.relative_to(self.folder))
                    and ".costream-units" not in str(path)])


class Store(Target):
    name = "store"

    def __init__(self, trees, s3, prefix):
        self.s3, self.prefix = s3, f"{prefix}/"
        with contextlib.suppress(s3.client.exceptions.BucketAlreadyOwnedByYou):
            s3.client.create_bucket(Bucket=s3.bucket)
        super().__init__(trees, f"s3://{s3.bucket}/{self.prefix}")

    def objects(self):
        listed = self.s3.client.list_objects_v2(Bucket=self.s3.bucket, Prefix=self.prefix).get("Contents", [])
        return {found["Key"].removeprefix(self.prefix): found["Key"] for found in listed}

    def read(self, key):
        return self.s3.client.get_object(Bucket=self.s3.bucket, Key=key)["Body"].read()

    def state(self):
        return {name: self.read(key) for name, key in self.objects().items() if ".costream" not in name}

    def keep(self):
        self.kept = {key: self.read(key) for key in self.objects().values()}

    def restore(self):
        for key in self.objects().values():
            self.s3.client.delete_object(Bucket=self.s3.bucket, Key=key)
        for key, data in self.kept.items():
            self.s3.client.put_object(Bucket=self.s3.bucket, Key=key, Body=data)

    def left(self):
        """Records of commits. Units and new days of runs that died stay for a day."""
        return len([name for name in self.objects() if name.endswith("/commit") and not name.startswith(".costream-units/")])


@pytest.fixture(params=["database", "directory", "store"])
def target(request, trees, tmp_path):
    if request.param == "database":
        return Database(Schema(request.getfixturevalue("server")), trees, tmp_path)
    if request.param == "store":
        return Store(trees, request.getfixturevalue("s3"), tmp_path.name)
    return Directory(trees, tmp_path)


@contextlib.contextmanager
def workers(cluster, faulty, fault=None, log=None, once=None):
    """A connection to Ray whose workers have points that fail; this process has none."""
    variables = {"PYTHONPATH": str(faulty), "COSTREAM_FAULT": fault, "COSTREAM_FAULT_LOG": log, "COSTREAM_FAULT_ONCE": once}
    given = {name: str(value) for name, value in variables.items() if value}
    stored = {name: value for name, value in os.environ.items() if name.startswith(("S3_", "AWS_"))}
    ray.init(cluster.address, runtime_env={"env_vars": stored | given}, log_to_driver=False, logging_level="ERROR")
    try:
        yield
    finally:
        ray.shutdown()


def passed(log):
    """Which points were passed, how often."""
    return collections.Counter(pathlib.Path(log).read_text().split())


def test_workers(target, cluster, faulty, tmp_path, tally, no_delay):
    with workers(cluster, faulty, log=tmp_path / "log"):
        assert target.run("ray").report["done"] == 1
    target.check([target.after])
    target.restore()
    found = passed(tmp_path / "log")
    assert found.keys() - {MEMORY} == OF_TASKS[target.name]
    points = [(point, number, action) for point, count in sorted(found.items()) if point != MEMORY
              for number in range(1, count + 1) for action in ("error", "abort")]
    for index, (point, number, action) in enumerate(seed.sample(points, 2, "workers", target.name)):
        with workers(cluster, faulty, f"{point}:{number}:{action}", once=tmp_path / f"once{index}"):
            report = target.run("ray").report
        assert (tmp_path / f"once{index}").exists() and sorted(unit["attempts"] for unit in report["units"]) == [1, 2], (point, number)
        target.check([target.after])
        assert target.left() == 0, (point, number, action)
        target.restore()
        tally()
    for point in seed.sample(sorted(OF_TASKS[target.name]), int(target.name == "database"), "poison", target.name):
        with workers(cluster, faulty, f"{point}:1:abort"), pytest.raises(costream.InternalError, match="each of 3 attempts"):
            target.run("ray")
        target.check([target.before])
        target.complete()
        tally()


@pytest.mark.skipif(not seed.TORTURE, reason="takes minutes: make torture")
def test_memory_that_a_worker_does_not_get(target, cluster, faulty, tmp_path, tally, no_delay):
    with workers(cluster, faulty, log=tmp_path / "log"):
        target.run("ray")
    target.restore()
    allocations = passed(tmp_path / "log")[MEMORY]
    assert allocations > 20
    for number in range(1, allocations + 1, allocations // 20):
        with workers(cluster, faulty, f"{MEMORY}:{number}:error"):
            try:
                target.run("ray")
            except costream.CostreamError as error:
                assert "out of memory" in str(error), number
                target.check([target.before])
                target.complete()
            else:
                target.check([target.after])
                target.restore()
        tally()


def driver(target, faulty, folder, **variables):
    """The exit code of a run by the command, all in its own process, and what it said."""
    flags = [f"--{name}={value}" for name, value in target.options.items() if name != "reference"]
    command = [sys.executable, "-m", "costream", "run", target.trees[1], "--engine=local", f"--reference={reference_file(folder)}", *flags]
    environment = {**os.environ, "PYTHONPATH": str(faulty), **{name: str(value) for name, value in variables.items()}}
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=60)
    return done.returncode, done.stderr


def test_the_driver(target, faulty, tmp_path, tally):
    """It opens, replaces and closes; with the local engine it does the tasks, too."""
    code, said = driver(target, faulty, tmp_path, COSTREAM_FAULT_LOG=tmp_path / "log")
    assert code == 0, said
    target.check([target.after])
    target.restore()
    found = passed(tmp_path / "log")
    points = [(point, number, action) for point, count in sorted(found.items()) if point != MEMORY
              for number in range(1, count + 1) for action in ("error", "abort")]
    assert {point for point, *_ in points} == OF_TASKS[target.name]
    for point, number, action in seed.sample(points, 3, "driver", target.name):
        code, said = driver(target, faulty, tmp_path, COSTREAM_FAULT=f"{point}:{number}:{action}")
        if action == "error":
            assert code in (0, 75) and point in said, (point, number, said)
        else:
            assert code == -9, (point, number, said)
        stands = target.check([target.after] if code == 0 else [target.before, target.after], mixed=code != 0 and target.name != "database")
        if code == 0 and target.left() == 0:
            target.restore()
        else:
            assert code != 0 or stands == target.after
            target.complete()
        tally()
