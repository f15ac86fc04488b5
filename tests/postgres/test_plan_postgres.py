"""`costream plan` with a database as target: the rows that a run would replace, counted without changing any."""
import json
import pathlib
import sys

import pytest

import support

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "sinks"))
import month  # noqa: E402


def replaced(schema, *args, code=0):
    done = support.costream("plan", *args, "--to", schema.uri, "--schema", schema.name, "--output", "json", code=code)
    return json.loads(done.stdout)["replaced"] if code == 0 else done.err


@pytest.mark.parametrize("partitioned", [False, True])
def test_replaced_rows(schema, tmp_path, partitioned):
    schema.init(partitioned)
    inputs = month.write(tmp_path / "in", 1)
    arguments = [inputs, *month.MONTH, "--source", support.SOURCE]
    if partitioned:
        assert "--create-partitions" in replaced(schema, *arguments, code=2)
    assert replaced(schema, *arguments, "--create-partitions")["rows"] == 0
    schema.run(*arguments, "--create-partitions")
    schema.run(inputs, *month.MONTH, "--source", support.SOURCE.replace("1", "9"), "--report-period-id", "7")
    before = schema.snapshot()
    assert replaced(schema, *arguments) == {
        "rows": 9, "whole_file": False, "days": [{"date": f"2025-11-0{day}", "rows": 3} for day in (1, 2, 3)]}
    assert replaced(schema, *arguments, "--start", "2025-11-03", "--rows", "storage")["rows"] == 1
    assert replaced(schema, *arguments, "--truncate")["rows"] == 18
    assert replaced(schema, *arguments, "--replace", "koku", "--report-period-id", "7")["rows"] == 9
    assert schema.snapshot() == before
