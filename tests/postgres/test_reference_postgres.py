"""Reference data from the tables of a database: the same rows as from the reference file."""
import json

import pytest

import support


def load(golden, name):
    return json.loads((golden / name / "reference.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", support.GOLDEN_NAMES)
def test_golden_rows_come_from_the_tables_as_from_the_file(golden, schema, name, tmp_path):
    reference = load(golden, name)
    schema.init().fill(reference)
    arguments = [golden / name / "csv", "--month", reference["month"], "--source", reference["source_uuid"]]
    columns = ", ".join(["uuid", *support.OUT_KEYS, *support.OUT_MEASURES])
    schema.run(*arguments)
    support.compare_golden(golden, name, schema.csv(tmp_path / "out.csv", columns))
    # A named database serves other targets too, and in place of the target's own.
    support.costream("run", *arguments, "--reference", schema.uri, "--schema", schema.name, "--to", tmp_path / "file.csv")
    support.costream("run", golden / name / "csv", "--reference", golden / name / "reference.json", "--to",
                     tmp_path / "want.csv")
    assert (tmp_path / "file.csv").read_bytes() == (tmp_path / "want.csv").read_bytes()


PARTS = {"enabled_tag_keys": [], "cost_categories": [{"namespace": "%", "cost_category_id": 77}], "node_roles": [],
         "cluster_id": "mine", "cluster_alias": "mine too"}


@pytest.mark.parametrize("part", PARTS)
def test_reference_file_beats_the_database_part_by_part(golden, schema, part, tmp_path):
    reference = load(golden, "mixed_202502")
    schema.init().fill(reference)
    if part == "cluster_id":  # of a report period that is another cluster's nothing is taken
        schema.sql("UPDATE {s}.reporting_ocpusagereportperiod SET cluster_id = 'mine' WHERE id < 1000")
    run = [golden / "mixed_202502/csv", "--month", reference["month"], "--source", reference["source_uuid"]]
    own = support.write_reference(tmp_path / "own.json", {part: PARTS[part]})
    schema.run(*run, "--reference", own)
    whole = support.write_reference(tmp_path / "whole.json", {**reference, part: PARTS[part]})
    support.costream("run", *run, "--reference", whole, "--to", tmp_path / "want.csv")
    header, *want = support.split_csv((tmp_path / "want.csv").read_text(encoding="utf-8"))
    columns = ["uuid", "namespace", "cost_category_id", "cluster_id", "cluster_alias", "report_period_id"]
    want = [[row[header.index(c)] for c in columns] for row in want]
    have = [[None if v is None else str(v) for v in row] for row in schema.sql(f"SELECT {', '.join(columns)} FROM {{t}}")]
    assert sorted(map(repr, have)) == sorted(map(repr, want))


def test_flags_beat_the_database(golden, schema):
    reference = load(golden, "ocp_report_1")
    schema.init().fill(reference)
    run = [golden / "ocp_report_1/csv", "--month", reference["month"], "--source", reference["source_uuid"]]
    schema.run(*run, "--cluster-alias", "flag")
    assert schema.sql("SELECT DISTINCT report_period_id, cluster_id, cluster_alias FROM {t}") == \
        [(reference["report_period_id"], reference["cluster_id"], "flag")]
    schema.run(*run, "--report-period-id", "4711", "--allow-empty")
    assert schema.sql("SELECT DISTINCT report_period_id, cluster_id FROM {t}") == [(4711, None)]


def test_source_is_found_in_either_case(golden, schema):
    reference = load(golden, "ocp_report_1")
    schema.init().fill(reference)
    schema.run(golden / "ocp_report_1/csv", "--month", reference["month"], "--source", reference["source_uuid"].upper())
    assert schema.sql("SELECT DISTINCT report_period_id FROM {t}") == [(reference["report_period_id"],)]


def test_several_report_periods_are_to_be_chosen_from(golden, schema):
    reference = load(golden, "ocp_report_1")
    schema.init().fill(reference)
    schema.sql("INSERT INTO {s}.reporting_ocpusagereportperiod VALUES (5000, 'second', NULL, %s, %s)",
               f"{reference['month']}-01", reference["source_uuid"])
    run = [golden / "ocp_report_1/csv", "--month", reference["month"], "--source", reference["source_uuid"]]
    assert "--report-period-id" in schema.run(*run, code=2).err
    schema.run(*run, "--cluster-id", "second")
    assert schema.sql("SELECT DISTINCT report_period_id, cluster_alias FROM {t}") == [(5000, None)]


def test_absent_tables_are_said_and_done_without(golden, schema):
    schema.init()
    for table in ("enabledtagkeys", "ocp_cost_category_namespace", "ocp_nodes", "ocpusagereportperiod"):
        schema.sql(f"DROP TABLE {{s}}.reporting_{table}")
    done = schema.run(golden / "ocp_report_1/csv", "--month", "2025-11", "--source", support.SOURCE)
    assert done.err.count("there is no table") == 4 and "every label key is enabled" in done.err
    assert schema.sql("SELECT DISTINCT report_period_id, cost_category_id FROM {t}") == [(None, None)]


def test_a_named_database_without_any_of_the_tables_is_an_error(golden, schema, tmp_path):
    done = support.costream("run", golden / "ocp_report_1/csv", "--month", "2025-11", "--source", support.SOURCE,
                            "--reference", schema.uri, "--schema", "nowhere", "--to", tmp_path / "out.csv", code=2)
    assert "--schema" in done.err and not (tmp_path / "out.csv").exists()


def test_no_enabled_key_drops_labels_and_says_so(golden, schema):
    done = schema.init().run(golden / "ocp_report_1/csv", "--month", "2025-11", "--source", support.SOURCE)
    assert "enables no key" in done.err and "add the keys" in done.err
    assert schema.sql("SELECT DISTINCT all_labels FROM {t}") == [({},)]


@pytest.mark.parametrize("change, said", [
    ("INSERT INTO {s}.reporting_ocp_cost_category_namespace VALUES (E'kube\\\\', 1)", "backslash"),
    ("ALTER TABLE {s}.reporting_ocp_nodes DROP COLUMN node_role", "node_role"),
    ("ALTER TABLE {s}.reporting_ocp_nodes RENAME TO n; CREATE VIEW {s}.reporting_ocp_nodes AS SELECT 1/0 AS node,"
     " NULL AS resource_id, NULL AS node_role", "division by zero")], ids=["pattern", "column", "broken view"])
def test_reference_data_that_cannot_be_used(golden, schema, change, said):
    schema.init().sql(change)
    done = schema.run(golden / "ocp_report_1/csv", "--month", "2025-11", "--source", support.SOURCE, code=2)
    assert said in done.err and schema.snapshot() == []
