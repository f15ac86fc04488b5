"""Every golden directory into PostgreSQL: the rows that expected.csv has, in a plain and in a partitioned table."""
import json

import pytest

import support

COLUMNS = ", ".join(["uuid", *support.OUT_KEYS, *support.OUT_MEASURES])


@pytest.mark.parametrize("partitioned", [False, True], ids=["plain", "partitioned"])
@pytest.mark.parametrize("name", support.GOLDEN_NAMES)
def test_rows_are_those_expected_also_after_a_second_run(golden, schema, name, partitioned, tmp_path):
    schema.init(partitioned)
    arguments = [golden / name / "csv", "--reference", golden / name / "reference.json",
                 *["--create-partitions"] * partitioned]
    schema.run(*arguments)
    support.compare_golden(golden, name, schema.csv(tmp_path / "out.csv", COLUMNS))
    first = schema.snapshot()
    schema.run(*arguments)
    assert schema.snapshot() == first


def test_values_are_to_the_last_digit_those_of_the_csv(golden, schema, tmp_path):
    schema.init()
    arguments = [golden / "mixed_202502/csv", "--reference", golden / "mixed_202502/reference.json"]
    schema.run(*arguments)
    support.costream("run", *arguments, "--to", tmp_path / "direct.csv")
    header, *direct = support.split_csv((tmp_path / "direct.csv").read_text(encoding="utf-8"))
    _, *written = support.split_csv(schema.csv(tmp_path / "table.csv", ", ".join(header)).read_text(encoding="utf-8"))
    json_columns = [i for i, column in enumerate(header) if column in support.JSON_COLUMNS]
    for row in direct + written:  # jsonb has its own order of keys
        for i in json_columns:
            row[i] = row[i] and json.dumps(json.loads(row[i]), sort_keys=True)
    assert sorted(map(repr, direct)) == sorted(map(repr, written))
