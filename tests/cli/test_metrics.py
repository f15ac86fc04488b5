"""What monitoring is told, read by Prometheus' own parser and taken by a Pushgateway."""
import http.server
import json
import threading
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

import support

OTHER = "99999999-2222-4333-8444-555555555555"


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    folder = tmp_path_factory.mktemp("metrics") / "month"
    support.costream("generate", "--rows", "2000", "--seed", "1", "--format", "csv", "--month", "2025-11", "--out", folder)
    return folder


def run(month, *args, source=support.SOURCE, code=0):
    return support.costream("run", month, "--source", source, "--month", "2025-11", "--cluster-id", "east \"1\"", "--output",
                            "json", *args, code=code)


def samples(text):
    """Values by name and labels apart from the cluster, and the families' names."""
    families = list(text_string_to_metric_families(text))
    assert all(f.documentation and f.type == "gauge" for f in families)
    found = {}
    for sample in (s for f in families for s in f.samples):
        labels = dict(sample.labels)
        assert labels.pop("cluster") in ("east \"1\"", "")
        key = (sample.name, *labels.values())
        assert key not in found
        found[key] = sample.value
    return found


def test_the_file_tells_of_a_run(month, tmp_path):
    file = tmp_path / "costream.prom"
    before = time.time() - 1
    said = json.loads(run(month, "--metrics-file", file).stdout)
    have = samples(file.read_text())
    of = support.SOURCE
    assert have["costream_last_exit_code", of] == 0
    assert before <= have["costream_last_success_timestamp_seconds", of] <= time.time()
    assert have["costream_rows_read", of] == said["input"]["rows"] > 0
    assert have["costream_bytes_read", of] == said["input"]["bytes"] > 0
    for kind, rows in said["rows"].items():
        assert have["costream_rows_written", of, kind] == rows
    assert have["costream_rows_dropped", of, "anomalous"] == said["input"]["rows_anomalous"]
    assert have["costream_rows_dropped", of, "other_days"] == said["input"]["rows_of_other_days"]
    for phase in ("plan", "aggregate", "commit"):
        assert have["costream_phase_seconds", of, phase] == pytest.approx(said["seconds"][phase])
    assert have["costream_peak_resident_bytes", of] == said["peak_memory_bytes"]
    assert [p.name for p in tmp_path.iterdir()] == [file.name] and file.stat().st_mode & 0o444 == 0o444


def test_sources_stand_side_by_side_and_a_failure_keeps_the_last_success(month, tmp_path):
    file = tmp_path / "costream.prom"
    run(month, "--metrics-file", file)
    run(month, "--metrics-file", file, source=OTHER)
    before = samples(file.read_text())
    assert before["costream_rows_read", support.SOURCE] == before["costream_rows_read", OTHER]
    run(tmp_path / "none", "--metrics-file", file, source=OTHER, code=3)
    after = samples(file.read_text())
    assert after["costream_last_exit_code", OTHER] == 3 and after["costream_last_exit_code", support.SOURCE] == 0
    changed = {key[0] for key in after if after[key] != before[key]}
    assert after.keys() == before.keys()
    assert changed <= {"costream_last_exit_code", "costream_last_run_timestamp_seconds"}


@pytest.mark.parametrize("wrong", [["--month", "2025-13"], ["--replace", "koku"], ["--to", "-"]])
def test_a_run_that_fails_before_it_begins_is_told_too(month, tmp_path, wrong):
    file = tmp_path / "costream.prom"
    support.costream("run", month, "--source", support.SOURCE, "--output", "json", "--metrics-file", file, *wrong, code=2)
    assert samples(file.read_text())["costream_last_exit_code", support.SOURCE] == 2


def test_each_of_several_sources_is_told_however_early_it_fails(month, tmp_path):
    """By a target that the config file names, though a setting before it cannot be used."""
    file, config = tmp_path / "costream.prom", tmp_path / "config.yaml"
    config.write_text(f"performance:\n  chunk_size: ${{NOT_SET_ANYWHERE}}\nmetrics: {{file: {file}}}\n"
                      f"sources:\n  {OTHER}: {{performance: {{chunk_size: none}}}}\n")
    done = support.costream("run", month, "--month", "2025-11", "--source", f"{support.SOURCE},{OTHER}", "--config", config, "--tracing-id",
                            "abc", code=2)
    have = samples(file.read_text())
    assert [have["costream_last_exit_code", of] for of in (support.SOURCE, OTHER)] == [2, 2], done.err
    assert {line["tracing_id"] for line in done.log} == {"abc"}
    assert "2 of 2 sources failed" in done.log[-1]["msg"] and done.log[-1]["source"] is None and done.log[-1]["phase"] is None
    support.costream("run", month, "--month", "2025-10", "-A", "--metrics-file", file, code=3)
    assert samples(file.read_text())["costream_last_exit_code", ""] == 3  # of no source: it found none


def test_a_file_that_cannot_be_written_does_not_undo_the_run(month, tmp_path):
    done = run(month, "--to", tmp_path / "out.csv", "--metrics-file", tmp_path / "none" / "x.prom")
    assert any(line["level"] == "warning" and "--metrics-file" in line["msg"] for line in done.log)
    assert (tmp_path / "out.csv").exists()


class Gateway:
    """Keeps what is posted, and answers with `status`."""

    def __init__(self, status=200):
        self.posts = posts = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                posts.append((self.path, self.headers["Authorization"], body.decode()))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(b"the gateway's reason\n")

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def test_a_push_is_a_post_to_the_group_of_the_source(month):
    with Gateway() as gateway:
        run(month, "--metrics-push", f"http://user:{support.SECRETS[1]}@127.0.0.1:{gateway.port}/")
    (path, authorization, text), = gateway.posts
    assert path == f"/metrics/job/costream/source/{support.SOURCE}" and authorization.startswith("Basic ")
    assert samples(text)["costream_rows_read", support.SOURCE] > 0


def test_a_push_that_fails_is_told_without_its_password(month):
    with Gateway(400) as gateway:
        done = run(month, "--metrics-push", f"http://user:{support.SECRETS[1]}@127.0.0.1:{gateway.port}")
    assert f"@127.0.0.1:{gateway.port}/metrics" in done.err and "HTTP 400 the gateway's reason" in done.err
    done = run(month, "--metrics-push", f"http://user:{support.SECRETS[1]}@127.0.0.1:1")
    assert "metrics: http://user:********@127.0.0.1:1/metrics" in done.err
