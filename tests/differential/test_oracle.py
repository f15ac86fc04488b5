"""The oracle itself is right: it gives the rows of every golden directory. Needs no built command."""
import csv
import json

import pytest

import support
from differential import matching, oracle


@pytest.mark.parametrize("daily", [False, True], ids=["hourly", "daily"])
@pytest.mark.parametrize("name", support.GOLDEN_NAMES)
def test_oracle_gives_the_golden_rows(golden, name, daily):
    tables = support.read_reports(golden / name / "csv")
    reference = json.loads((golden / name / "reference.json").read_text())
    if daily:
        tables.update({report + "_daily": support.daily_rows(report, rows) for report, rows in list(tables.items())})
    have = oracle.Summary(tables, reference).rows()
    with open(golden / name / "expected.csv", encoding="utf-8", newline="") as f:
        want = [{k: None if v == "\\N" else v for k, v in row.items()} for row in csv.DictReader(f)]
    for row in want:
        for column in support.OUT_MEASURES:
            row[column] = None if row[column] is None else float(row[column])
        for column in ("cost_category_id", "report_period_id"):
            row[column] = None if row[column] is None else int(row[column])
    matching.assert_same_rows(have, want)
