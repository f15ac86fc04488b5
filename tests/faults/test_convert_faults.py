"""A conversion whose calls to the disk fail: the tree is as it was, or the next conversion completes it."""
import pytest

import support
from faults import calls, seed
from payloads.test_convert import contents, convert, used
from payloads.test_payloads import pods, send

OLD, NEW = {1: 3, 2: 3}, {1: 5, 2: 5}


@pytest.fixture
def conversion(command, tmp_path):
    """Converts, with faults, two days anew in a tree that has them: (exit code, stderr)."""
    def two_days(hours):
        return {"a.csv": pods(1, range(hours)) + pods(2, range(hours)).split(b"\n", 1)[1]}
    older, newer = (send(tmp_path / f"{name}.tar.gz", name, two_days(hours), daily_reports=True)
                    for name, hours in (("older", 3), ("newer", 5)))
    nothing = tmp_path / "nothing.csv"
    nothing.write_bytes(pods(3, []))

    class Conversion:
        tree, log = tmp_path / "tree", tmp_path / "log"

        def begin(self):
            convert(self.tree, nothing)
            for path in contents(self.tree):
                (self.tree / path).unlink()
            convert(self.tree, older)

        def made(self):
            """Calls of each kind that one without faults makes to the tree."""
            self.begin()
            self.run()
            return [call.kind for call in calls.logged(self.log)[0]]

        def run(self, *faults, code=0):
            self.log.unlink(missing_ok=True)
            with pytest.MonkeyPatch.context() as patch:
                for name, value in calls.environment(*faults, log=self.log).items():
                    patch.setenv(name, value)
                return convert(self.tree, newer, code=code)

        def check(self, done):
            """What stands when the next conversion, of something else, is through."""
            harmed = calls.logged(self.log)[1]
            assert done.returncode in (0, 2, 3) and "internal error" not in done.err, f"{harmed}: {done.err}"
            convert(self.tree, nothing)
            rows, files = used(tmp_path, self.tree), len(contents(self.tree))
            assert (rows, files) in ((OLD, 4), (NEW, 4)), f"{rows} in {files} files after: {done.err}"
            assert rows == NEW or done.returncode != 0
            assert [path.name for path in (self.tree / ".costream-convert").iterdir()] == ["lock"]
            return rows == NEW
    return Conversion()


@pytest.mark.parametrize("onward", [False, True])
@pytest.mark.parametrize("kind", ["open", "write", "sync", "rename", "remove", "read"])
def test_the_call_that_fails(conversion, tally, kind, onward):
    total = conversion.made().count(kind)
    completed = []
    for number in seed.sample(range(1, total + 1), 5, kind, onward):
        conversion.begin()
        done = conversion.run(calls.fault(kind, number, "EIO", onward=onward), code=None)
        new = conversion.check(done)
        completed += [done.returncode] if new and done.returncode else []
        assert not new or not done.returncode or "next conversion" in done.err, done.err
        tally()
    assert total > 0
    assert kind != "rename" or onward or completed, "no conversion was completed by the next"
