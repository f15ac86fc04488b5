"""The production path: every golden scenario from S3 to PostgreSQL, with reference data from its tables."""
import json

import pytest

import support


@pytest.mark.parametrize("name", support.GOLDEN_NAMES)
def test_golden_rows(golden, command, s3, schema, tmp_path, name):
    reference = json.loads((golden / name / "reference.json").read_text(encoding="utf-8"))
    tree = support.write_tree(tmp_path / "tree", support.read_reports(golden / name / "csv"), source=reference["source_uuid"],
                              layout=["flat", "koku"][support.GOLDEN_NAMES.index(name) % 2])
    s3.upload(tree, s3.bucket)
    schema.init().fill(reference)
    schema.run(f"s3://{s3.bucket}/data")
    support.compare_golden(golden, name, schema.csv(tmp_path / "out.csv", ", ".join(["uuid", *support.OUT_KEYS, *support.OUT_MEASURES])))
    before = schema.snapshot()
    schema.run(f"s3://{s3.bucket}/data")
    assert schema.snapshot() == before
    command("diff", golden / name / "expected.csv", schema.uri, "--schema", schema.name)
