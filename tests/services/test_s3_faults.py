"""A store that fails: what passes is tried again, what does not pass is an error that names the object; nothing is written."""
import random
import signal
import subprocess
import time
import uuid

import pytest

import support
from services.fault_proxy import FaultProxy


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
            assert out.read_bytes() == (want if code == 0 else b"old")
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
