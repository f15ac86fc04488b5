"""Inputs in a true S3 store."""
import datetime
import json
import subprocess
import sys

import pytest

import support
from services.postgres import free_port


def run(*args, code=0):
    return support.costream("run", *args, "--source", support.SOURCE, "--month", "2025-11", code=code)


@pytest.mark.parametrize("name", support.GOLDEN_NAMES)
@pytest.mark.parametrize("layout", ["flat", "koku"])
def test_golden_from_s3(golden, name, layout, command, s3, tmp_path):
    tree = support.write_tree(tmp_path / "tree", support.read_reports(golden / name / "csv"), layout=layout)
    s3.upload(tree, s3.bucket)
    out = tmp_path / "out.csv"
    support.costream("run", f"s3://{s3.bucket}/data", "--reference", golden / name / "reference.json", "--to", out)
    done = subprocess.run([sys.executable, str(golden / "compare.py"), str(golden / name / "expected.csv"), str(out)],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_month_of_small_files_streams(golden, command, s3, tmp_path):
    # Once all I/O threads waited for each other, with two workers.
    s3.upload(support.write_tree(tmp_path / "tree", support.read_reports(golden / "ocp_report_1" / "csv")), s3.bucket)
    summary = run(f"s3://{s3.bucket}/data", "--mode", "streaming", "--threads", "4", "--output", "json")
    assert json.loads(summary.stdout)["mode"] == "streaming"


def test_csv_from_s3_plain_and_gzipped(golden, command, s3, tmp_path):
    name = "mixed_202502"
    s3.upload(golden / name / "csv", s3.bucket)
    local, remote = tmp_path / "local.csv", tmp_path / "remote.csv"
    reference = golden / name / "reference.json"
    support.costream("run", golden / name / "csv", "--reference", reference, "--to", local)
    support.costream("run", f"s3://{s3.bucket}", "--reference", reference, "--to", remote)
    assert local.read_bytes() == remote.read_bytes()


POD = {"interval_start": datetime.datetime(2025, 11, 3, 5), "namespace": "shop", "node": "n1", "pod": "p",
       "pod_usage_cpu_core_seconds": 3600.0, "pod_request_cpu_core_seconds": 7200.0,
       "pod_usage_memory_byte_seconds": 0.0, "pod_request_memory_byte_seconds": 0.0, "pod_labels": "{}"}


@pytest.fixture
def pods(s3, tmp_path):
    """A bucket with one pod table; the key of its file."""
    tree = support.write_tree(tmp_path / "tree", {"pod": [POD]}, daily=None)
    s3.upload(tree, s3.bucket)
    return s3.client.list_objects_v2(Bucket=s3.bucket)["Contents"][0]["Key"]


def test_keys_with_odd_characters(command, s3, pods, tmp_path):
    odd = "data/o rg+ä'(1)&%41/OCP/" + pods.split("/OCP/")[1]
    s3.client.copy_object(Bucket=s3.bucket, Key=odd, CopySource={"Bucket": s3.bucket, "Key": pods})
    s3.client.delete_object(Bucket=s3.bucket, Key=pods)
    assert json.loads(run(f"s3://{s3.bucket}/data", "--output", "json").stdout)["rows"]["pod"] == 1


def test_an_object_by_its_name_and_the_bucket_from_the_environment(command, s3, pods, monkeypatch):
    assert json.loads(run(f"s3://{s3.bucket}/{pods}", "--output", "json").stdout)["input"]["files"] == 1
    monkeypatch.setenv("S3_BUCKET", s3.bucket)
    assert json.loads(run("s3:///data", "--output", "json").stdout)["input"]["files"] == 1


def test_hidden_objects_are_passed_over(command, s3, pods):
    for hidden in ("_temporary/0/", ".trash/"):
        s3.client.copy_object(Bucket=s3.bucket, Key="data/" + hidden + pods.removeprefix("data/"),
                              CopySource={"Bucket": s3.bucket, "Key": pods})
    assert json.loads(run(f"s3://{s3.bucket}/data", "--output", "json").stdout)["input"]["files"] == 1


def test_no_access_no_bucket_nothing_there(command, s3, pods, monkeypatch):
    assert "no such object" in run(f"s3://{s3.bucket}/elsewhere", code=3).err
    assert "bucket" in run("s3://no-such-bucket-here/data", code=2).err
    monkeypatch.setenv("S3_SECRET_KEY", "wrong")
    refused = run(f"s3://{s3.bucket}/data", code=2).err
    assert "access" in refused and "wrong" not in refused


def test_aws_variables_beat_the_aliases(command, s3, pods, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3.environment()["S3_ACCESS_KEY"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3.environment()["S3_SECRET_KEY"])
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3.endpoint)
    monkeypatch.setenv("S3_SECRET_KEY", "wrong")
    monkeypatch.setenv("S3_ENDPOINT", "http://127.0.0.1:1")
    run(f"s3://{s3.bucket}/data")


def test_credentials_of_a_profile(command, s3, pods, monkeypatch, tmp_path):
    (tmp_path / "credentials").write_text(
        f"[tester]\naws_access_key_id = {s3.environment()['S3_ACCESS_KEY']}\n"
        f"aws_secret_access_key = {s3.environment()['S3_SECRET_KEY']}\n")
    for name in ("S3_ACCESS_KEY", "S3_SECRET_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_PROFILE", "tester")
    run(f"s3://{s3.bucket}/data")


def test_a_store_that_is_not_there_is_transient(command, s3, monkeypatch):
    monkeypatch.setenv("S3_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    assert "available" in run(f"s3://{s3.bucket}/data", "--s3-timeout", "1", code=75).err


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_an_object_as_target(golden, command, s3, tmp_path, suffix):
    """There once the run is done, the same bytes as a file."""
    name = "mixed_202502"
    s3.client.create_bucket(Bucket=s3.bucket)
    args = ["run", golden / name / "csv", "--reference", golden / name / "reference.json", "--to"]
    support.costream(*args, tmp_path / f"out.{suffix}")
    for _ in range(2):
        support.costream(*args, f"s3://{s3.bucket}/summaries/out.{suffix}")
    body = s3.client.get_object(Bucket=s3.bucket, Key=f"summaries/out.{suffix}")["Body"].read()
    assert body == (tmp_path / f"out.{suffix}").read_bytes()


def test_a_failed_run_leaves_the_object_and_no_upload(command, s3, pods, tmp_path):
    s3.client.put_object(Bucket=s3.bucket, Key="out.csv", Body=b"old")
    broken = tmp_path / "broken.csv"
    broken.write_text("interval_start,namespace,node,pod,pod_usage_cpu_core_seconds\nx,y,z,p,1\n")
    run(f"s3://{s3.bucket}/data", broken, "--to", f"s3://{s3.bucket}/out.csv", code=3)
    assert s3.client.get_object(Bucket=s3.bucket, Key="out.csv")["Body"].read() == b"old"
    assert "Uploads" not in s3.client.list_multipart_uploads(Bucket=s3.bucket)


def test_targets_in_s3_that_cannot_be(command, s3, pods):
    data = f"s3://{s3.bucket}/data"
    assert ".parquet" in run(data, "--to", f"s3://{s3.bucket}/out", code=2).err
    assert "bucket" in run(data, "--to", "s3://no-such-bucket-here/out.csv", code=2).err


def test_an_object_is_not_replaced_by_nothing(command, s3, pods):
    for name in ("out.csv", "out.parquet"):
        args = ["run", f"s3://{s3.bucket}/data", "--source", support.SOURCE, "--to", f"s3://{s3.bucket}/{name}", "--month"]
        support.costream(*args, "2025-10")  # no object yet
        support.costream(*args, "2025-10")  # one without rows
        support.costream(*args, "2025-11")
        assert "--allow-empty" in support.costream(*args, "2025-10", code=2).err
        support.costream(*args, "2025-10", "--allow-empty")


def test_plan_counts_the_rows_of_a_directory_by_day(command, s3, pods):
    arguments = [f"s3://{s3.bucket}/data", "--source", support.SOURCE, "--month", "2025-11", "--to", f"s3://{s3.bucket}/out/"]
    support.costream("run", *arguments)
    for more, days in ([], [{"date": "2025-11-03", "rows": 2}]), (["--rows", "pod"], [{"date": "2025-11-03", "rows": 1}]):
        found = json.loads(support.costream("plan", *arguments, *more, "--output", "json").stdout)["replaced"]
        assert not found["whole_file"] and found["days"] == days


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_plan_counts_the_rows_of_an_object(command, s3, pods, suffix):
    arguments = [f"s3://{s3.bucket}/data", "--source", support.SOURCE, "--month", "2025-11", "--to",
                 f"s3://{s3.bucket}/out.{suffix}"]

    def replaced():
        return json.loads(support.costream("plan", *arguments, "--output", "json").stdout)["replaced"]
    assert replaced() == {"rows": 0, "whole_file": True, "days": []}
    support.costream("run", *arguments)
    assert replaced()["rows"] == 2  # Pod, Unallocated
    if suffix == "parquet":
        s3.client.put_object(Bucket=s3.bucket, Key="out.parquet", Body=b"no Parquet")
        assert "cannot be counted" in support.costream("plan", *arguments, code=2).err


def test_superseded_objects_are_told_by_their_metadata(command, s3, tmp_path):
    """Of one day and table the delivery of the most hours counts, of equals the larger manifest id; others always do."""
    rows = [{**POD, "pod_usage_cpu_core_seconds": seconds, "pod_request_cpu_core_seconds": 0.0}
            for seconds in (3600.0, 7200.0, 14400.0, 36000.0)]
    metadata = [{"manifestid": "9", "reportdatestart": "2025-11-03", "reportnumhours": "5"},
                {"manifestid": "10", "reportdatestart": "2025-11-03", "reportnumhours": "5"},
                {"manifestid": "11", "reportdatestart": "2025-11-03", "reportnumhours": "4"}, {}]
    s3.client.create_bucket(Bucket=s3.bucket)
    for number, (row, of_object) in enumerate(zip(rows, metadata)):
        tree = support.write_tree(tmp_path / f"tree{number}", {"pod": [row]}, daily=None)
        [file] = tree.rglob("*.parquet")
        s3.client.upload_file(str(file), s3.bucket, str(file.relative_to(tree).with_name(f"{number}.parquet")),
                              ExtraArgs={"Metadata": of_object})
    result = json.loads(run(f"s3://{s3.bucket}/data", "--output", "json").stdout)
    assert result["cpu_core_hours"]["used"] == 2 + 10
    assert [(s["file"][-9:], s["rows"]) for s in result["superseded"]] == [("0.parquet", 1), ("2.parquet", 1)]


def test_summaries_in_the_store(command, s3, tmp_path, monkeypatch):
    """A CSV is copied to a file first, for which there must be a folder."""
    data = support.write_csvs(tmp_path / "in", {"pod": [POD]})
    name = f"s3://{s3.bucket}/sub/out.csv"
    s3.client.create_bucket(Bucket=s3.bucket)
    run(data, "--to", name)
    support.costream("diff", name, name)
    for absent in ("sub/absent.csv", "sub/absent.parquet", "empty/"):
        assert "does not exist" in support.costream("diff", name, f"s3://{s3.bucket}/{absent}", code=3).err
    assert "holds no Parquet file" in support.costream("diff", name, f"s3://{s3.bucket}/sub", code=3).err
    monkeypatch.setenv("TMPDIR", str(tmp_path / "absent"))
    assert "cannot be written" in support.costream("diff", name, name, code=2).err
