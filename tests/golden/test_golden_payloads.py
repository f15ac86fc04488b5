"""Every golden directory as operators send it: one payload, one a day, and days that grow and are sent again and again."""
import datetime
import random

import pytest

import support
from test_golden import compare


@pytest.fixture(params=support.GOLDEN_NAMES)
def name(request, golden, command):
    return request.param


def run(golden, name, tmp_path, *inputs):
    out = tmp_path / "out.csv"
    done = support.costream("run", *inputs, "--reference", golden / name / "reference.json", "--to", out)
    compare(golden, name, out)
    return done


def test_a_month_in_one_payload(golden, name, tmp_path):
    files = support.of_hours(support.read_texts(golden / name / "csv"), lambda time: True)
    path = support.write_payload(tmp_path / "month.tar.gz", support.manifest_of("u-1", files), files)
    run(golden, name, tmp_path, path)


def test_a_payload_a_day(golden, name, tmp_path):
    reports = support.read_texts(golden / name / "csv")
    for day in support.days_of(reports):
        files = support.of_hours(reports, lambda time: time.date() == day)
        start = datetime.datetime.combine(day, datetime.time())
        manifest = support.manifest_of(f"u-{day}", files, daily_reports=True,
                                       **support.covers(start, start + datetime.timedelta(days=1)))
        support.write_payload(tmp_path / "in" / f"{day}.tar.gz", manifest, files)
    run(golden, name, tmp_path, tmp_path / "in")


@pytest.mark.parametrize("told", [True, False], ids=["with_hours", "without_hours"])
def test_growing_days_sent_again_and_again_in_any_order(golden, name, tmp_path, told):
    """Six payloads of a day, each with all of it so far."""
    reports = support.read_texts(golden / name / "csv")
    paths = []
    for day in support.days_of(reports):
        start = datetime.datetime.combine(day, datetime.time())
        for part in range(1, 7):
            end = start + datetime.timedelta(hours=4 * part)
            files = support.of_hours(reports, lambda time: start <= time < end)
            manifest = support.manifest_of(f"u-{day}-{random.Random(f'{day}{part}').random()}", files,
                                           daily_reports=True, **(support.covers(start, end) if told else {}))
            paths.append(support.write_payload(tmp_path / "in" / f"{day}-{part}.tar.gz", manifest, files))
    random.Random(name).shuffle(paths)
    run(golden, name, tmp_path, *paths)
