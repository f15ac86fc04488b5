"""The dashboards of deploy/grafana: each query gives rows over golden data, each metric is one that a run writes."""
import json
import re

import psycopg
import pytest
import yaml

import support

GRAFANA = support.ROOT / "deploy/grafana"


def dashboard(name):
    return json.loads((GRAFANA / f"{name}.json").read_text(encoding="utf-8"))


def queries(of):
    """Title and text of each query, those of variables too."""
    found = [(panel["title"], target.get("rawSql") or target.get("expr")) for panel in of["panels"] for target in panel["targets"]]
    return found + [(v["name"], v["query"]) for v in of["templating"]["list"] if v["type"] == "query"]


def as_grafana_sends(text, values):
    """With its variables and macros put in, as Grafana does."""
    text = text.replace("$__timeFilter(usage_start)", "usage_start BETWEEN '2025-11-01T00:00:00Z' AND '2025-11-30T23:59:59Z'")
    for name, value in values.items():
        text = text.replace(f"${{{name}:sqlstring}}", f"'{value}'").replace(f"${{{name}}}", value)
    assert "$" not in text, text
    return text


@pytest.fixture
def summary(golden, command, schema):
    schema.init()
    folder = golden / "ocp_report_advanced"
    command("run", folder / "csv", "--reference", folder / "reference.json", "--to", schema.uri, "--schema", schema.name)
    reference = json.loads((folder / "reference.json").read_text())
    return {"schema": schema.name.replace('"', '""'), "source": reference["source_uuid"], "label": reference["enabled_tag_keys"][0]}


def test_each_sql_query_gives_rows(summary, schema):
    found = {}
    with schema.connect(row_factory=psycopg.rows.dict_row) as connection:
        for title, text in queries(dashboard("summary")):
            found[title] = connection.execute(as_grafana_sends(text, summary)).fetchall()
            assert found[title], title
            if title not in ("source", "label"):
                assert any(value is not None for value in found[title][0].values()), title
        # What the panels say, beside the rows.
        rows, = connection.execute(f"""SELECT sum(pod_usage_cpu_core_hours) AS used FROM {schema.table}
                                       WHERE data_source = 'Pod' AND pod_labels IS NOT NULL""").fetchall()
    cpu = found["CPU, core-hours"][0]
    assert cpu["used"] == rows["used"] == sum(day["used"] for day in found["CPU by day, core-hours"])
    assert cpu["used"] == sum(row["used core-hours"] for row in found["Namespaces"]) == sum(row["used core-hours"] for row in found["Label ${label}"])
    idle = sum(row["idle core-hours"] for row in found["Idle nodes"])
    assert cpu["capacity"] - cpu["used"] == pytest.approx(idle) and len(found["CPU by day, core-hours"]) == 30
    assert summary["label"] in {row["jsonb_object_keys"] for row in found["label"]}
    assert [row["source"] for row in found["What is there"]] == [summary["source"]]


def test_each_metric_is_one_that_a_run_writes(golden, command, tmp_path):
    folder = golden / "ocp_report_1"
    command("run", folder / "csv", "--reference", folder / "reference.json", "--metrics-file", tmp_path / "costream.prom")
    written = set(re.findall(r"^(costream_\w+)\{", (tmp_path / "costream.prom").read_text(), re.M))
    asked = {name for _, text in queries(dashboard("runs")) for name in re.findall(r"costream_\w+", text)}
    assert asked == written  # and none is left out


@pytest.mark.parametrize("name", ["summary", "runs"])
def test_it_is_a_dashboard(name):
    of = dashboard(name)
    assert of["uid"] == f"costream-{name}" and of["schemaVersion"] >= 39
    assert len({panel["id"] for panel in of["panels"]}) == len(of["panels"])
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in of["panels"])
    taken = set()
    for panel in of["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken and at["x"] + at["w"] <= 24, panel["title"]
        taken |= cells
    provider, = yaml.safe_load((GRAFANA / "provider.yaml").read_text())["providers"]
    assert provider["type"] == "file" and provider["options"]["path"]
