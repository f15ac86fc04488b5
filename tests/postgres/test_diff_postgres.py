"""Summaries in a database and in a store, read back: diff and --validate-expected."""
import json

import pytest

import support
from services.postgres import PASSWORD


@pytest.fixture
def summaries(golden, command, s3, schema, tmp_path):
    """One summary in every place; how each is called, and the arguments of the run that makes it."""
    arguments = [golden / "mixed_202502/csv", "--reference", golden / "mixed_202502/reference.json", "--log-level", "error"]
    s3.client.create_bucket(Bucket=s3.bucket)
    schema.init()
    places = [str(tmp_path / "file.csv"), schema.uri,
              *(f"s3://{s3.bucket}/{name}" for name in ("file.parquet", "file.csv", "folder/"))]
    for place in places:
        schema.run(*arguments, uri=place)
    return places, arguments


def diff(schema, a, b, *args, code=0):
    return support.costream("diff", a, b, "--schema", schema.name, *args, code=code)


def test_all_places_are_equal(summaries, schema):
    (file, *others), _ = summaries
    for other in others:
        done = diff(schema, file, other)
        assert done.stdout.startswith(b"EQUAL")
        assert PASSWORD.encode() not in done.stdout


def test_a_row_that_differs_is_told_with_its_texts(summaries, schema):
    (file, database, *_), _ = summaries
    schema.sql("UPDATE {t} SET pod_usage_cpu_core_hours = pod_usage_cpu_core_hours + 0.5 WHERE uuid ="
               " (SELECT uuid FROM {t} WHERE pod_labels IS NOT NULL AND pod_usage_cpu_core_hours > 0 LIMIT 1)")
    found = json.loads(diff(schema, database, file, "--output", "json", code=4).stdout)
    assert found["rows"]["differ"] == 1
    assert [c for c, seen in found["columns"].items() if seen["rows_that_differ"]] == ["pod_usage_cpu_core_hours"]
    assert found["differences"][0]["row"]["node"]
    assert PASSWORD not in json.dumps(found)


def test_rows_of_others_are_left_out(summaries, schema):
    (file, database, *_), _ = summaries
    columns = "uuid, usage_start, usage_end, data_source, source_uuid"
    for other, value in (("cost_model_rate_type", "'Supplementary'"), ("infrastructure_raw_cost", "1")):
        schema.sql(f"INSERT INTO {{t}} ({columns}, {other}) SELECT gen_random_uuid(), usage_start, usage_end, data_source,"
                   f" source_uuid, {value} FROM {{t}} LIMIT 1")
    assert diff(schema, file, database).stdout.startswith(b"EQUAL")


def test_two_schemas_of_one_database(summaries, schema):
    (_, database, *_), _ = summaries
    other = f"{schema.name} 2"
    schema.sql(f'CREATE SCHEMA "{other}"')
    schema.sql(f'CREATE TABLE "{other}".reporting_ocpusagelineitem_daily_summary AS SELECT * FROM {{t}}')
    try:
        assert diff(schema, database, database, "--schema", other).stdout.startswith(b"EQUAL")
        schema.sql(f'ALTER TABLE "{other}".reporting_ocpusagelineitem_daily_summary DROP COLUMN cluster_alias')
        assert "has no column cluster_alias" in diff(schema, database, database, "--schema", other, code=4).err
    finally:
        schema.sql(f'DROP SCHEMA "{other}" CASCADE')


def test_what_cannot_be_read_is_an_error(summaries, schema, s3):
    (file, database, *_), _ = summaries
    assert "no table" in support.costream("diff", file, database, "--schema", "elsewhere", code=3).err
    assert "does not exist" in diff(schema, file, f"s3://{s3.bucket}/absent.parquet", code=3).err
    assert "bucket" in diff(schema, file, "s3://no-such-bucket-here/x.parquet", code=2).err
    s3.client.put_object(Bucket=s3.bucket, Key="broken.parquet", Body=b"PAR1 broken PAR1")
    assert "broken.parquet" in diff(schema, file, f"s3://{s3.bucket}/broken.parquet", code=3).err
    wrong = database.replace(PASSWORD, "wrong")
    assert "wrong" not in diff(schema, file, wrong, code=2).err.replace("password authentication failed", "")


def test_rows_are_validated_against_them(summaries, command, schema, tmp_path):
    (_, database, *stored), arguments = summaries
    for expected in (database, *stored):
        command("run", *arguments, "--schema", schema.name, "--validate-expected", expected)
    schema.sql("DELETE FROM {t} WHERE usage_start = '2025-02-03'")
    done = command("run", *arguments, "--schema", schema.name, "--validate-expected", database, "--to", tmp_path / "new.csv", code=4)
    assert PASSWORD not in done.err and not (tmp_path / "new.csv").exists()


def test_explain_reads_inputs_from_s3_and_reference_data_from_the_database(golden, command, s3, schema, tmp_path):
    reference = json.loads((golden / "mixed_202502/reference.json").read_text(encoding="utf-8"))
    reports = support.read_reports(golden / "mixed_202502/csv")
    s3.upload(support.write_tree(tmp_path / "tree", reports, source=reference["source_uuid"]), s3.bucket)
    schema.init().fill(reference)
    pod = reports["pod"][0]
    found = json.loads(command("explain", f"s3://{s3.bucket}/data", "--reference", schema.uri, "--schema", schema.name, "--day",
                               pod["interval_start"].date(), "--node", pod["node"], "--output", "json").stdout)
    assert found["adds_up"] and found["rows"]


@pytest.mark.parametrize("columns, values, said", [
    ("usage_start date, node text, pod_usage_cpu_core_hours numeric", "'2025-11-01', 'n', 'NaN'", "column pod_usage_cpu_core_hours: 'NaN'"),
    ("usage_start date, node text", "NULL, 'n'", "column usage_start is null"), ("node text", "'n'", "has no column usage_start")])
def test_tables_that_no_run_has_written(command, schema, columns, values, said):
    schema.sql("CREATE SCHEMA {s}")
    schema.sql(f"CREATE TABLE {{t}} ({columns})")
    schema.sql(f"INSERT INTO {{t}} VALUES ({values})")
    assert said in diff(schema, schema.uri, schema.uri, code=3).err
