import decimal
import types

import pyarrow.parquet as pq
import pytest

import support
from report import browser
from report.page_data import data_of


@pytest.fixture(scope="session")
def chromium():
    with browser.browser() as started:
        yield started


class Month:
    """A made-up month: its summary in `folder`, and exact sums of that."""

    def __init__(self, folder):
        self.folder = folder
        self.summary = folder / "summary.parquet"
        self.rows = pq.read_table(self.summary).to_pylist()

    def sum(self, measure, keep=lambda row: True):
        """Of decimals of 15 places, as a database adds them up."""
        places = decimal.Decimal(1).scaleb(-15)
        return sum((decimal.Decimal(row[measure]).quantize(places) for row in self.rows
                    if row[measure] is not None and keep(row)), decimal.Decimal(0))


def kind(row):
    return "storage" if row["data_source"] == "Storage" else "unallocated" if row["pod_labels"] is None else "pod"


def shown(value, places=2):
    rounded = value.quantize(decimal.Decimal(1).scaleb(-places), rounding=decimal.ROUND_HALF_UP)
    return f"{rounded:,}".replace("-", "−")


@pytest.fixture(scope="session")
def month(tmp_path_factory):
    """Summary in each place that a run writes to, the run's closing report and the page."""
    folder = tmp_path_factory.mktemp("month")
    support.costream("generate", "--rows", 60000, "--seed", 3, "--out", folder / "in")
    run = ["run", folder / "in", "--reference", folder / "in/reference.json", "--log-level", "error"]
    for name in ("summary.parquet", "summary.csv", "summary/", "sqlite:summary.db"):
        support.costream(*run, "--to", name, cwd=folder)
    (folder / "run.json").write_bytes(support.costream(*run, "--output", "json").stdout)
    support.costream("report", "summary.parquet", "--run", "run.json", "-o", "report.html", cwd=folder)
    return Month(folder)


@pytest.fixture
def of():
    """What modules of this folder share."""
    return types.SimpleNamespace(kind=kind, shown=shown, data=data_of)
