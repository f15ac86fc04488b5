"""One target that holds a month, a run that is to replace it and to which harm is done, and what must hold then: nothing
has changed, or all of it; nothing is left behind; the exit code says which."""
import shutil
import subprocess

import support
from sinks import month, targets

TRANSIENT, UNUSABLE, UNREADABLE = 75, 2, 3
LOCAL = [targets.Parquet, targets.Csv, targets.Directory, targets.Sqlite]


class Trial:
    """The target of tests/sinks/targets.py holds three days of version 1; `run` is one of version 2 over it."""

    def __init__(self, target, folder):
        self.target, self.folder = target, folder
        self.local = hasattr(target, "move")
        self.inputs = {version: month.write(folder / f"in{version}", version, days)
                       for version, days in ((1, (1, 2, 3)), (2, (1, 2, 3)), (4, (4,)))}
        if self.local:
            (folder / "live").mkdir()
            target.move(folder / "live")
        self.pristine()
        assert self.versions() == {1}
        self.before = target.state()
        if self.local:
            shutil.copytree(folder / "live", folder / "kept")
        elif target.name == "postgres":
            target.schema.sql("CREATE TABLE {s}.kept AS SELECT * FROM {t}")
        self.run()
        assert self.versions() == {2}
        self.after = target.state()
        self.restore()

    def arguments(self, version=2, *more, binary=None):
        extra = {"postgres": lambda: ["--schema", self.target.schema.name], "store": lambda: ["--s3-timeout", "2"]}
        return list(map(str, [binary or support.BINARY, "run", self.inputs[version], "--month", "2025-11", "--source", support.SOURCE,
                              "--threads", "1", "--to", self.target.to, *extra.get(self.target.name, list)(), *more]))

    def start(self, version=2, *more, environment=None, binary=None):
        return subprocess.Popen(self.arguments(version, *more, binary=binary), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                env=environment)

    def run(self, version=2, *more, environment=None, binary=None, code=0, timeout=60):
        """(exit code, stderr); code None: any."""
        process = self.start(version, *more, environment=environment, binary=binary)
        try:
            said = process.communicate(timeout=timeout)[1].decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        assert code is None or process.returncode == code, f"exit {process.returncode}, not {code}: {said}"
        return process.returncode, said

    def pristine(self):
        self.run(1)

    def restore(self):
        """Back to version 1, byte for byte."""
        if self.local:
            shutil.rmtree(self.folder / "live")
            shutil.copytree(self.folder / "kept", self.folder / "live")
        elif self.target.state() == self.before:
            return
        elif self.target.name == "postgres":
            with self.target.schema.connect() as connection, connection.transaction():
                connection.execute(f"DELETE FROM {self.target.schema.table}")
                connection.execute(f'INSERT INTO {self.target.schema.table} SELECT * FROM "{self.target.schema.name}".kept')
        else:
            self.target.put(self.before)

    def versions(self):
        """The versions that the days have; fails where a day's rows are of two, or not all there, or doubled."""
        found = month.versions(self.target.rows())
        days = {day: {found.get((day, kind)) for kind in month.RANK} for day in (1, 2, 3)}
        assert all(len(states) == 1 for states in days.values()), days
        return {states.pop() for states in days.values()}

    def whole(self):
        """A file is of one run; days of a directory may be of two, until the next."""
        return self.target.name not in ("directory", "store")

    def check(self, code, said, begun=False, leftovers=False):
        """After a run that ended by itself. begun: a directory's commit may have begun, which the next run then completes.
        leftovers: hidden files may be left, which the next run then removes."""
        assert "Sanitizer" not in said and "internal error" not in said, said
        if leftovers and self.target.hidden():
            assert self.versions() == {2 if code == 0 else 1} or "next run" in said, f"exit {code}: {said}"
            self.complete()
        elif code == 0:
            assert self.versions() == {2}
            assert self.target.state() == self.after, "not what a run without a fault writes"
            assert not self.target.hidden(), self.target.hidden()
        elif begun or "next run" in said:
            assert not self.whole()
            assert self.versions() <= {1, 2}
            self.complete()
        else:
            assert self.target.state() == self.before, f"exit {code}, and the target has changed: {said}"

    def check_killed(self):
        """After a run that was killed; the version that stands in the end."""
        found = self.versions()
        assert found <= {1, 2} and (len(found) == 1 or not self.whole())
        return self.complete(found)

    def complete(self, found=frozenset({None})):
        """The next run rolls back or completes what was left, and leaves nothing behind; the version that then stands."""
        if self.whole():
            self.run(2)
            assert self.versions() == {2} and not self.target.hidden(), self.target.hidden()
            return next(iter(found))
        self.run(4, "--start", "2025-11-04")
        versions = self.versions()
        assert len(versions) == 1, "days of two runs after the next one"
        assert not [name for name in self.target.hidden() if not name.endswith(".staged")], self.target.hidden()
        return versions.pop()


def make(kind, request, folder):
    """A trial of that kind of target; the fixtures of servers are asked for where they are needed."""
    if kind is targets.Store:
        return Trial(kind(request.getfixturevalue("s3")), folder)
    if kind is targets.Database:
        return Trial(kind(request.getfixturevalue("schema")), folder)
    return Trial(kind(folder), folder)


ALL = [*LOCAL, targets.Database, targets.Store]
