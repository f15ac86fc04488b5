"""A store that fails: what passes is tried again, what does not pass is an error that names the object; nothing is written."""
import random
import signal
import subprocess
import time
import types
import uuid

import pytest

import support
from faults import seed, trial as trials
from faults.fault_proxy import FaultProxy
from sinks import targets


@pytest.fixture(scope="module")
def stored(minio, tmp_path_factory):
    """Five days of a golden month in a bucket: the bucket, the reference file, and the rows that must come out."""
    if not support.GOLDEN.is_dir():
        support.absent(f"no golden data at {support.GOLDEN}")
    folder = tmp_path_factory.mktemp("stored")
    golden = support.GOLDEN / "mixed_202502"
    reports = {name: [r for r in rows if support.moment(r["interval_start"]).day <= 5]
               for name, rows in support.read_reports(golden / "csv").items()}
    tree = support.write_tree(folder / "tree", reports)
    bucket = f"faults-{uuid.uuid4()}"
    minio.upload(tree, bucket)
    support.costream("run", tree, "--reference", golden / "reference.json", "--to", folder / "want.csv")
    return bucket, golden / "reference.json", (folder / "want.csv").read_bytes()


@pytest.fixture
def month(s3, stored, tmp_path):
    bucket, reference, want = stored
    s3.bucket = bucket

    class Month:
        def run(self, proxy, code=0, timeout=5):
            out = tmp_path / "out.csv"
            out.write_text("old")
            done = support.costream("run", f"s3://{bucket}/data", "--reference", reference, "--to", out,
                                    "--s3-endpoint", proxy.endpoint, "--s3-timeout", timeout, code=code)
            assert out.read_bytes() == (want if done.returncode == 0 else b"old")
            return done

    return Month()


@pytest.mark.parametrize("harm", [503, 500, "reset"])
@pytest.mark.parametrize("number", [0, 1])
def test_a_listing_that_fails_once_is_tried_again(s3, month, harm, number):
    with FaultProxy(s3.endpoint, lambda n, method, path: harm if n == number else None) as proxy:
        month.run(proxy)


@pytest.mark.parametrize("harm", [503, 500, 429, "reset", "cut", "short"])
@pytest.mark.parametrize("number", [3, 50])
def test_a_read_that_fails_once_is_tried_again(s3, month, harm, number):
    with FaultProxy(s3.endpoint, lambda n, method, path: harm if n == number else None) as proxy:
        month.run(proxy)
        assert len(proxy.requests) > number


def test_one_in_ten_requests_fails_and_all_is_well(s3, month):
    chance = random.Random(1)
    with FaultProxy(s3.endpoint, lambda *_: 503 if chance.random() < 0.1 else None) as proxy:
        month.run(proxy, timeout=30)


@pytest.mark.parametrize("harm", [503, "reset", "short"])
def test_what_stays_is_transient_and_changes_nothing(s3, month, harm):
    with FaultProxy(s3.endpoint, lambda n, method, path: harm if method == "GET" and "list-type" not in path else None) as proxy:
        assert s3.bucket in month.run(proxy, code=75, timeout=1).err


def test_no_access_to_an_object(s3, month):
    with FaultProxy(s3.endpoint, lambda n, method, path: 403 if n == 20 else None) as proxy:
        assert "access" in month.run(proxy, code=2).err


def test_an_object_that_is_gone_after_it_was_listed(s3, month):
    with FaultProxy(s3.endpoint, lambda n, method, path: 404 if n == 20 else None) as proxy:
        assert "gone" in month.run(proxy, code=3).err


def test_an_object_that_is_replaced_while_it_is_read(s3, month):
    """Its footer has been read; its columns would then be of another object."""
    keys = [o["Key"] for o in s3.client.list_objects_v2(Bucket=s3.bucket)["Contents"]]
    first, other = [k for k in keys if "/openshift_pod_usage_line_items/" in k][:2]
    kept = s3.client.get_object(Bucket=s3.bucket, Key=first)["Body"].read()
    reads = []

    def fault(number, method, path):
        if path.endswith(first.split("source=")[1].replace("=", "%3D")) and method == "GET":
            reads.append(number)
            if len(reads) == 2:
                s3.client.copy_object(Bucket=s3.bucket, Key=first, CopySource={"Bucket": s3.bucket, "Key": other})

    try:
        with FaultProxy(s3.endpoint, fault) as proxy:
            assert "changed" in month.run(proxy, code=3).err
    finally:
        s3.client.put_object(Bucket=s3.bucket, Key=first, Body=kept)


def test_sigterm_ends_a_run_that_waits_for_the_store(s3, month, command, tmp_path):
    """Within seconds, though requests stall for longer."""
    with FaultProxy(s3.endpoint, lambda n, method, path: "stall" if n > 10 else None) as proxy:
        run = subprocess.Popen([support.BINARY, "run", f"s3://{s3.bucket}/data", "--source", support.SOURCE, "--to",
                                tmp_path / "out.csv", "--s3-endpoint", proxy.endpoint], stderr=subprocess.PIPE)
        while len(proxy.requests) < 12:
            time.sleep(0.05)
        run.send_signal(signal.SIGTERM)
        assert run.wait(timeout=5) == 143
        run.stderr.close()
    assert list(tmp_path.iterdir()) == []


PASSING = [503, 500, 429, "reset", "cut", "short", "lying", "stall"]
LASTING = {403: trials.UNUSABLE, "expired": trials.UNUSABLE, 404: trials.UNREADABLE}
# A request that stalls may take all patience; a listing that breaks off is tried again by whoever started the run.
IMPATIENT = ("stall", "short")


@pytest.mark.parametrize("harm", [*PASSING, *LASTING])
def test_every_request_by_every_fault(s3, month, tally, harm):
    """What passes gives the same rows; what lasts fails and writes nothing."""
    if harm == "stall" and not seed.TORTURE:
        pytest.skip("takes the patience of the client (COSTREAM_TORTURE=1)")
    with FaultProxy(s3.endpoint, lambda *_: None) as proxy:
        month.run(proxy)
        total = len(proxy.requests)
    for number in seed.sample(range(total), 1, harm):
        with FaultProxy(s3.endpoint, lambda n, method, path, at=number: harm if n == at or n > at and harm in LASTING else None) as proxy:
            done = month.run(proxy, code=None if harm in IMPATIENT else LASTING.get(harm, 0), timeout=2 if harm == "stall" else 10)
            assert done.returncode in (LASTING.get(harm, 0), trials.TRANSIENT), done.err
        tally()


def test_a_listing_with_one_object_a_page(s3, month, tally):
    with FaultProxy(s3.endpoint, lambda *_: None, pages=True) as proxy:
        month.run(proxy)
        listings = [path for _, path, _ in proxy.requests if "list-type=2" in path]
        assert len(listings) > 20 and "continuation-token=" in listings[-1]
    with FaultProxy(s3.endpoint, lambda n, method, path: 503 if n % 3 == 1 else None, pages=True) as proxy:
        month.run(proxy, timeout=30)
    tally(len(listings))


@pytest.mark.skipif(not seed.TORTURE, reason="takes a minute (COSTREAM_TORTURE=1)")
def test_a_thousand_objects_while_one_in_ten_requests_fails(s3, command, tmp_path, tally):
    rows = [{"interval_start": f"2025-11-{1 + n % 28:02} {n // 28 % 24:02}:00:00", "namespace": "ns", "node": "n", "pod": f"p{n}",
             **{c: 3600.0 for c in support.MEASURES["pod"]}, "pod_labels": "{}", "resource_id": "i"} for n in range(1000)]
    for number, row in enumerate(rows):
        support.write_csv(tmp_path / "tree" / f"{number:04}-pod_usage.csv", [row], list(row))
    s3.upload(tmp_path / "tree", s3.bucket)
    args = ("--month", "2025-11", "--source", support.SOURCE)
    command("run", tmp_path / "tree", *args, "--to", tmp_path / "want.csv")
    chance = seed.dice()
    with FaultProxy(s3.endpoint, lambda *_: 503 if chance.random() < 0.1 else None) as proxy:
        command("run", f"s3://{s3.bucket}/", *args, "--to", tmp_path / "out.csv", "--s3-endpoint", proxy.endpoint)
        tally(len(proxy.requests) // 10)
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "want.csv").read_bytes()


def test_every_request_of_a_sink_by_every_fault(request, command, tmp_path, tally):
    """after: the store has done what was asked, and its answer is lost."""
    trial = trials.make(targets.Store, request, tmp_path)
    endpoint = trial.target.s3.endpoint

    def run(fault, code=None):
        with FaultProxy(endpoint, fault) as proxy:
            return *trial.run(2, "--s3-endpoint", proxy.endpoint, code=code), len(proxy.requests)
    total = run(lambda *_: None, code=0)[2]
    trial.restore()
    points = [(number, harm) for harm in [*PASSING, *LASTING, "after"] for number in range(total)]
    for number, harm in seed.sample(points, 5):
        fault = (lambda: None) if harm == "after" else harm
        code, said, _ = run(lambda n, method, path: fault if n == number or n > number and harm in LASTING else None)
        allowed = {0, LASTING[harm], trials.UNUSABLE, trials.TRANSIENT} if harm in LASTING else {0, trials.TRANSIENT}
        assert code in allowed, f"request {number}, {harm}: exit {code}: {said}"
        trial.check(code, said, leftovers=True)
        trial.restore()
        tally()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_of_a_read_is_followed(s3, month, status):
    """A store cannot make us fetch data, with our credentials, from another server."""
    with FaultProxy(s3.endpoint, lambda *_: None) as elsewhere:
        with FaultProxy(s3.endpoint, lambda n, *_: status if n >= 20 else None, redirects_to=elsewhere.endpoint) as proxy:
            assert month.run(proxy, code=None).returncode in (trials.UNREADABLE, trials.UNUSABLE, trials.TRANSIENT)
        assert not elsewhere.requests


@pytest.mark.parametrize("endpoint", ["file:///etc", "ftp://127.0.0.1:1", "gopher://127.0.0.1:1"])
def test_no_other_scheme_is_spoken(s3, month, endpoint):
    assert "must begin with http" in month.run(types.SimpleNamespace(endpoint=endpoint), code=trials.UNUSABLE).err
