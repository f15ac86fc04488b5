"""A directory in S3: whatever request is the last that arrives, each day is old or new, the next run makes it all old or all new."""
import signal
import subprocess

import pytest

from sinks import month
import support
from faults import seed
from sinks import targets
from faults.fault_proxy import FaultProxy

POINTS = 3  # and the first and the last; all in a torture run
CHANGES = ("PUT", "POST", "DELETE")


@pytest.fixture
def store(s3):
    return targets.Store(s3)


def arguments(store, folder, *more):
    return ["run", str(folder), *month.MONTH, "--source", support.SOURCE, "--to", store.to, *more]


def states(store):
    """{day: version}: fails where a day's rows are of two versions, or not all there."""
    versions = month.versions(store.rows())
    days = {day: {versions.get((day, kind)) for kind in month.RANK} for day in (1, 2, 3)}
    assert all(len(found) == 1 for found in days.values()), days
    return {day: found.pop() for day, found in days.items()}


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_a_request(command, store, tmp_path, tally, when):
    one, two, four = (month.write(tmp_path / name, version, days)
                      for name, version, days in (("1", 1, (1, 2, 3)), ("2", 2, (1, 2, 3)), ("4", 4, (4,))))
    three, endpoint = ("--end", "2025-11-03"), store.s3.endpoint

    def changed_by(number=None):
        """Runs version 2 through a proxy, killed at a request that changes something; how many there were."""
        made = []

        def fault(_, method, path):
            if method not in CHANGES:
                return None
            made.append(path)
            if number is None or len(made) != number + 1:
                return None
            if when == "after":
                return run.kill
            run.kill()
            return "reset"
        with FaultProxy(endpoint, fault) as proxy:
            run = subprocess.Popen([support.BINARY, *arguments(store, two, *three), "--s3-endpoint", proxy.endpoint],
                                   stderr=subprocess.PIPE)
            assert run.wait(timeout=60) == (0 if number is None else -signal.SIGKILL), run.stderr.read()
            run.stderr.close()
        return len(made)

    command(*arguments(store, one, *three))
    total = changed_by()
    outcomes = set()
    for number in sorted({0, total - 1, *seed.sample(range(total), POINTS, when)}):
        command(*arguments(store, one, *three))
        changed_by(number)
        assert set(states(store).values()) <= {1, 2}
        command(*arguments(store, four, "--start", "2025-11-04"))
        found = set(states(store).values())
        assert len(found) == 1, "days of two runs after the next one"
        outcomes |= found
        tally()
        assert not any(name.endswith("/commit") for name in store.hidden())
    assert outcomes == {1, 2}


def test_what_was_left_long_ago_is_removed(command, store, tmp_path):
    folder = f"summary/source={support.SOURCE}/.costream"
    for name in ("0123/2025-11-01.staged", "0123/2025-11-02.staged"):
        store.s3.client.put_object(Bucket=store.s3.bucket, Key=f"{folder}/{name}", Body=b"half")
    one = month.write(tmp_path / "in", 1)
    command(*arguments(store, one))
    assert len(store.hidden()) == 2, "another run may still be at it"
    with FaultProxy(store.s3.endpoint, lambda n, method, path: "old" if method == "HEAD" else None) as proxy:
        command(*arguments(store, one), "--s3-endpoint", proxy.endpoint)
    assert not store.hidden()


def test_a_record_of_another_version_is_left_alone_and_said(command, store, tmp_path):
    record = f"summary/source={support.SOURCE}/.costream/0123/commit"
    store.s3.client.put_object(Bucket=store.s3.bucket, Key=record, Body=b"costream commit 2\n")
    one = month.write(tmp_path / "in", 1)
    assert record in command(*arguments(store, one), code=2).err
    assert list(store.objects()) == [record]


def test_a_run_that_fails_while_it_commits_is_completed_by_the_next(command, store, tmp_path):
    """The third copy is refused: two days are new."""
    command(*arguments(store, month.write(tmp_path / "1", 1)))
    copies = []

    def fault(_, method, path):
        if method == "PUT" and path.endswith("summary.parquet"):
            copies.append(path)
            return 403 if len(copies) == 3 else None
        return None
    with FaultProxy(store.s3.endpoint, fault) as proxy:
        done = command(*arguments(store, month.write(tmp_path / "2", 2)), "--s3-endpoint", proxy.endpoint, code=2)
    assert "2025-11-03" in done.err and "next run" in done.err
    assert states(store) == {1: 2, 2: 2, 3: 1}
    command(*arguments(store, month.write(tmp_path / "4", 4, days=[4]), "--start", "2025-11-04"))
    assert states(store) == {1: 2, 2: 2, 3: 2} and not store.hidden()


def test_no_upload_is_left_of_a_run_that_fails(command, store, tmp_path):
    folder = month.write(tmp_path / "in", 1)
    text = (folder / "pod_usage.csv").read_text()
    (folder / "pod_usage.csv").write_text(text + text.splitlines()[-1].replace("3600.0", "no number") + "\n")
    command(*arguments(store, folder), code=3)
    assert not store.objects() and "Uploads" not in store.s3.client.list_multipart_uploads(Bucket=store.s3.bucket)


def test_a_source_with_odd_characters(command, store, tmp_path):
    for version in (1, 2):
        command("run", month.write(tmp_path / "in", version), *month.MONTH, "--source", "a source/with=signs+ä%41", "--to", store.to)
    assert month.versions(store.rows(), "a source/with=signs+ä%41") == month.all_of(2)
    assert len(store.objects()) == 3 and not store.hidden()
