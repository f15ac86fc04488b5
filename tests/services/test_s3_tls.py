"""A store behind https with a certificate of an authority of its own, and buckets named in the host."""
import json
import re

import pytest

import support
from services.minio import BUCKET, Minio, make_certificates

ROW = {"interval_start": "2025-11-03 05:00:00", "namespace": "shop", "node": "n1", "pod": "p",
       "pod_usage_cpu_core_seconds": 3600.0, "pod_request_cpu_core_seconds": 7200.0, "pod_usage_memory_byte_seconds": 0.0,
       "pod_request_memory_byte_seconds": 0.0, "pod_labels": "{}"}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """One report in BUCKET."""
    folder = tmp_path_factory.mktemp("tls")
    server = Minio(folder / "server", tls=True)
    server.upload(support.write_tree(folder / "tree", {"pod": [ROW]}, daily=None), BUCKET)
    yield server
    server.stop()


@pytest.fixture
def run(store, s3, monkeypatch):
    """`costream run` from the bucket to a folder in it; the number of Pod rows, or what is said on an error."""
    for name, value in store.environment().items():
        monkeypatch.setenv(name, value)

    def run(*args, code=0):
        done = support.costream("run", f"s3://{BUCKET}/data", "--source", support.SOURCE, "--month", "2025-11", "--to",
                                f"s3://{BUCKET}/out/", "--output", "json", *args, code=code)
        return json.loads(done.stdout)["rows"]["pod"] if code == 0 else done.err
    return run


def test_an_authority_of_our_own_is_accepted_where_it_is_named(store, run, monkeypatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", str(store.ca))
    assert run() == 1


@pytest.mark.parametrize("bundle", ["none", "another", "absent"])
def test_without_it_the_store_is_refused_at_once(store, run, monkeypatch, tmp_path, bundle):
    if bundle != "none":
        other = make_certificates(tmp_path / "other") if bundle == "another" else tmp_path / "absent.crt"
        monkeypatch.setenv("AWS_CA_BUNDLE", str(other))
    said = run(code=2)
    assert "certificate" in said and "AWS_CA_BUNDLE" in said


def test_verification_can_be_switched_off_by_the_config_file(store, run, tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text("s3: {verify_ssl: false}\n")
    assert run("--config", config) == 1
    config.write_text("s3: {verify_ssl: true}\n")
    run("--config", config, code=2)


def test_the_bucket_as_part_of_the_host(store, run, monkeypatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", str(store.ca))
    assert run("--s3-virtual-addressing") == 1
    port = re.search(r":(\d+)$", store.endpoint)[1]
    assert run("--s3-virtual-addressing", "--s3-endpoint", f"https://127.0.0.1:{port}", "--s3-timeout", "1", code=75)
