"""costream report over summaries in PostgreSQL and in S3: the same numbers and names as over the file."""
import json

import support
from report.page_data import data_of


def leaves(value):
    if isinstance(value, (dict, list)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from leaves(part)
    else:
        yield json.dumps(value)


def said(page):
    """All that a page says but for the name of its summary; names may come in any order, as rows do."""
    data = data_of(page)
    data.pop("summaries")
    return sorted(leaves(data))


def test_the_same_numbers_from_everywhere(command, schema, s3, tmp_path):
    support.costream("generate", "--rows", 20000, "--seed", 4, "--out", tmp_path / "in")
    run = ["run", tmp_path / "in", "--reference", tmp_path / "in/reference.json"]
    file, page = tmp_path / "summary.parquet", tmp_path / "page.html"
    support.costream(*run, "--to", file)
    support.costream("report", file, "--out", page)
    expected = said(page)
    assert len(expected) > 1000
    schema.init()
    support.costream(*run, "--to", schema.uri, "--schema", schema.name)
    support.costream("report", schema.uri, "--schema", schema.name, "--out", page)
    assert said(page) == expected
    s3.client.create_bucket(Bucket=s3.bucket)
    support.costream(*run, "--to", f"s3://{s3.bucket}/report.parquet")
    support.costream("report", f"s3://{s3.bucket}/report.parquet", "--out", page)
    assert said(page) == expected
