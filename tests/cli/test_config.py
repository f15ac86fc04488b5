"""`run --config` and `config show`: keys, environment, and what beats what. The prototype's file: tests/postgres."""
import datetime
import json
import os

import pytest

import support


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    """None of the variables that the settings look at."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "S3_", "PG", "POSTGRES_", "DATABASE_", "OCP_", "POC_")) or \
                name in ("ORG_ID", "USE_STREAMING", "CHUNK_SIZE", "LOG_LEVEL"):
            monkeypatch.delenv(name)


def text_of(done):
    return done.stdout.decode() + done.err


def local_file(tmp_path, more=""):
    """A golden-like tree on disk, a config for it and the environment that it needs; returns the file."""
    pod = {"namespace": "shop", "node": "n1", "pod": "p", "pod_usage_cpu_core_seconds": 3600.0,
           "pod_request_cpu_core_seconds": 7200.0, "pod_usage_memory_byte_seconds": 0.0,
           "pod_request_memory_byte_seconds": 0.0, "node_capacity_cpu_cores": 4.0,
           "node_capacity_cpu_core_seconds": 14400.0, "node_capacity_memory_bytes": 1e9,
           "node_capacity_memory_byte_seconds": 3.6e12, "pod_labels": "{}"}
    rows = [{**pod, "interval_start": f"2025-11-0{day} 05:00:00"} for day in (1, 2, 3)]
    support.write_tree(tmp_path / "tree", {"pod": rows})
    template = tmp_path / "tree/data/1234567/OCP/source={provider_uuid}/year={year}/month={month}/*/openshift_pod_usage_line_items"
    path = tmp_path / "config.yaml"
    path.write_text(f"ocp:\n  provider_uuid: {support.SOURCE}\n  year: 2025\n  month: 11\n"
                    f"  parquet_path_pod: {template}\n{more}")
    return path


def result(*args):
    return json.loads(support.costream("run", *args, "--output", "json").stdout)


def values(*args):
    return json.loads(support.costream("config", "show", *args, "--output", "json").stdout)


# ---------------------------------------------------------------- the shipped file
def test_the_shipped_file_streams_and_needs_nothing_but_its_variables(command, monkeypatch):
    path = support.ROOT / "config/config.yaml"
    for variable, value in {"OCP_PROVIDER_UUID": "u-1", "ORG_ID": "o", "POC_YEAR": "2025", "POC_MONTH": "2"}.items():
        monkeypatch.setenv(variable, value)
    shown = values("--config", path)
    assert shown["settings"]["performance.use_streaming"]["value"] == "true"
    assert shown["inputs"] == ["s3://cost-management/data/o/OCP/source=u-1/year=2025/month=02"]
    assert shown["target"] == "postgresql://koku@localhost:5432/koku"
    assert shown["notes"] == []


# ---------------------------------------------------------------- what a key does
def test_streaming_and_the_threshold(command, tmp_path, monkeypatch):
    def mode(performance, *flags):
        return result("--config", local_file(tmp_path, f"performance: {performance}\n"), *flags)["mode"]
    assert mode("{use_streaming: true}") == "streaming"
    assert mode("{use_streaming: 'no'}") == "in-memory"
    assert mode("{use_streaming: auto}") == "in-memory"
    assert mode("{use_streaming: auto, streaming_threshold_rows: 1}") == "streaming"
    monkeypatch.setenv("USE_STREAMING", "false")
    assert mode("{use_streaming: true}") == "in-memory"
    assert mode("{use_streaming: true}", "--mode", "streaming") == "streaming"


def test_categorical_and_filtering_change_the_way_and_not_the_bytes(command, tmp_path):
    def written(performance):
        path, out = local_file(tmp_path, f"performance: {performance}\n"), tmp_path / "out.csv"
        support.costream("run", "--config", path, "--to", out)
        plan = json.loads(support.costream("plan", "--config", path, "--output", "json").stdout)
        return out.read_bytes(), sum(table["bytes"] for table in plan["read"])
    plain, needed = written("{use_categorical: true, column_filtering: true}")
    assert written("{use_categorical: 'off'}") == (plain, needed)
    unfiltered, all_bytes = written("{column_filtering: false}")
    assert unfiltered == plain and all_bytes > needed
    assert written("{use_categorical: 0, column_filtering: 0}") == (plain, all_bytes)


def test_features_days_and_target(command, tmp_path, monkeypatch):
    path = local_file(tmp_path, "features: {unallocated_capacity: false}\n")
    done = result("--config", path)
    assert (done["rows"]["pod"], done["rows"]["unallocated"]) == (3, 0)
    assert result("--config", path, "--rows", "unallocated")["rows"] == {"pod": 0, "storage": 0, "unallocated": 3}
    monkeypatch.setenv("OCP_START_DATE", "2025-11-02")
    out = tmp_path / "out.csv"
    assert result("--config", path, "--to", out)["rows"]["pod"] == 2
    assert len(support.read_output(out)) == 2


def test_cost_categories_can_be_switched_off(command, tmp_path):
    reference = support.write_reference(
        tmp_path / "reference.json", {"cost_categories": [{"namespace": "shop", "cost_category_id": 5}]})
    for switch, ids in (("true", {5}), ("false", {None})):
        path = local_file(tmp_path, f"features: {{cost_category: {switch}, unallocated_capacity: false}}\n")
        support.costream("run", "--config", path, "--reference", reference, "--to", tmp_path / "out.csv")
        assert {row["cost_category_id"] for row in support.read_output(tmp_path / "out.csv")} == ids


def test_a_source_has_settings_of_its_own(command, tmp_path):
    more = f"performance: {{use_streaming: true}}\nsources:\n  {support.SOURCE}: {{performance: {{use_streaming: false}}}}\n"
    assert result("--config", local_file(tmp_path, more))["mode"] == "in-memory"


def test_the_log_level(command, tmp_path, monkeypatch):
    path = local_file(tmp_path, "logging: {level: ERROR}\n")
    assert support.costream("run", "--config", path).err == ""
    monkeypatch.setenv("LOG_LEVEL", "INFO")
    assert "mode " in support.costream("run", "--config", path).err


# ---------------------------------------------------------------- what is wrong
@pytest.mark.parametrize("more, said", [
    ("performance: {chunk_sise: 5}\n", "performance.chunk_sise is no key; did you mean performance.chunk_size?"),
    ("performance: {chunk_size: many}\n", "'many' is no whole number"),
    ("logging: {level: '${NOT_SET}'}\n", "NOT_SET is not set"),
    ("features: {pod_aggregation: off, storage_aggregation: off, unallocated_capacity: off}\n", "switched off"),
    ("s3: [\n", "no valid YAML")])
def test_a_wrong_file_is_an_error_with_its_line(command, tmp_path, more, said):
    done = support.costream("run", "--config", local_file(tmp_path, more), code=2)
    assert said in done.err


def test_an_absent_file_and_absent_inputs(command, tmp_path):
    assert "No such file" in support.costream("run", "--config", tmp_path / "none.yaml", code=2).err
    assert "no INPUT" in support.costream("run", code=2).err


# ---------------------------------------------------------------- config show
def test_show_tells_where_each_value_comes_from(command, tmp_path, monkeypatch):
    path = tmp_path / "config.yaml"
    path.write_text("s3: {endpoint: 'http://h:9000', secret_key: costream-test-secret}\n"
                    "postgresql: {host: db, user: u, password: Pg-Pa55w0rd}\nperformance: {chunk_size: 5}\n")
    monkeypatch.setenv("LOG_LEVEL", "debug")
    arguments = ["--config", path, "--memory-limit", "256MiB"]
    text_of(support.costream("config", "show", *arguments))
    shown = values(*arguments)
    have = {key: (value["value"], value["from"]) for key, value in shown["settings"].items()}
    assert have["performance.chunk_size"] == ("5", f"{path}:3")
    assert have["logging.level"] == ("debug", "LOG_LEVEL")
    assert have["performance.memory_limit"] == (str(256 << 20), "--memory-limit")
    assert have["performance.use_streaming"] == ("auto", "default")
    assert have["s3.secret_key"] == ("********", f"{path}:1")
    assert have["postgresql.password"] == ("********", f"{path}:2")
    assert shown["target"] == "postgresql://u@db:5432"


def test_every_setting_is_in_the_docs(command):
    docs = (support.ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    for key in values()["settings"]:
        section, name = key.split(".")
        assert f"`{name}`" in docs and f"`{section}`" in docs, key


def test_months_by_the_clock(command):
    today = datetime.datetime.now(datetime.UTC).date()
    last = today.replace(day=1) - datetime.timedelta(days=1)
    for word, day in (("current", today), ("previous", last)):
        done = command("run", "/no/such/place", "--source", support.SOURCE, "--month", word, code=3)
        assert done.log[-1]["month"] == f"{day:%Y-%m}"
    assert "current or previous" in command("run", "/no/such/place", "--month", "next", code=2).err
