"""The IQE scenarios end to end (tools/iqe), and that a report with another value does not pass."""
import os
import re
import subprocess
import sys

import pytest
import support

sys.path.insert(0, str(support.ROOT / "tools"))
import iqe  # noqa: E402

FOLDER = support.SHARED / "scenarios/iqe"


@pytest.fixture
def scenarios():
    if not FOLDER.is_dir():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"no scenarios at {FOLDER} (set COSTREAM_SHARED)")
    return FOLDER


def test_all_seven(scenarios, command):
    environment = {**os.environ, "COSTREAM_BIN": str(support.BINARY), "COSTREAM_SHARED": str(support.SHARED)}
    done = subprocess.run([support.ROOT / "tools/iqe"], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7/7 scenarios hold" in done.stdout
    table = [line.split() for line in done.stdout.splitlines()[1:-1]]
    assert table == [[path.stem] + ["pass"] * 4 for path in sorted(scenarios.glob("*.yml"))]


@pytest.fixture(scope="module")
def advanced(tmp_path_factory):
    """Folder and report of the scenario with most nodes and namespaces, generated once."""
    folder = tmp_path_factory.mktemp("advanced")
    path = FOLDER / "ocp_report_advanced.yml"
    return (folder, iqe.generate(path, folder)) if path.exists() else None


def validate(command, folder, report, code, *more):
    return command("run", folder / "parquet", "--month", "2025-11", "--source", iqe.SOURCE, "--validate-expected", report,
                   *more, code=code, cwd=folder)


def test_every_total_is_checked(scenarios, command, advanced):
    folder, report = advanced
    shown = validate(command, folder, report, 0).stdout.decode()
    for measure in ("cpu usage", "cpu request", "cpu limit", "memory usage", "memory request", "memory limit",
                    "volume capacity", "volume request", "volume usage"):
        assert re.search(rf"^  {measure} \(9 namespaces, 3 nodes\) .*\+0\.0000 %$", shown, re.M), shown
    assert re.search(r"cpu usage .* 26603\.0000 +26603\.0000 core-hours", shown)  # 719 hours of 37 cores


# The first value of its kind below that pod or volume, and another.
CHANGES = [("user_qe\n", "cpu_usage:\n                    full_period: 3", "full_period: 3.01", "cpu usage"),
           ("user_qe\n", "cpu_request: 4", "cpu_request: 3.99", "cpu request"),
           ("user_qe\n", "cpu_limit: 4", "cpu_limit: 5", "cpu limit"),
           ("user_qe\n", "mem_usage_gig:\n                    full_period: 2", "full_period: 1", "memory usage"),
           ("user_qe\n", "mem_request_gig: 3", "mem_request_gig: 4", "memory request"),
           ("user_qe\n", "mem_limit_gig: 5", "mem_limit_gig: 6", "memory limit"),
           ("pvc-volume_6\n", "capacity_gig: 15", "capacity_gig: 16", "volume capacity"),
           ("pvc-volume_6\n", "volume_request_gig: 20", "volume_request_gig: 21", "volume request"),
           ("pvc-volume_6\n", "full_period: 10", "full_period: 9", "volume usage"),
           ("user_qe\n", "pod_seconds: 3600", "pod_seconds: 1800", "cpu usage")]


@pytest.mark.parametrize("below, old, new, measure", CHANGES, ids=[f"{c[3]} {c[2]}" for c in CHANGES])
def test_a_changed_value_fails(scenarios, command, advanced, tmp_path, below, old, new, measure):
    folder, report = advanced
    head, tail = report.read_text(encoding="utf-8").split(below, 1)
    assert old in tail
    changed = tmp_path / "changed.yml"
    new = old.rsplit("full_period", 1)[0] + new if "full_period" in old else new
    changed.write_text(head + below + tail.replace(old, new, 1), encoding="utf-8")
    target = tmp_path / "out.csv"
    target.write_text("as it was", encoding="utf-8")
    told = validate(command, folder, changed, 4, "--to", target).stderr.decode()
    assert re.search(rf"namespace user-qe_test: {measure} ", told), told
    assert re.search(rf"node qe-node: {measure} ", told), told
    assert "dev-node" not in told and re.search(r"[+-]\d+\.\d{4} %", told)
    assert target.read_text(encoding="utf-8") == "as it was"


def test_a_renamed_namespace_fails(scenarios, command, advanced, tmp_path):
    folder, report = advanced
    changed = tmp_path / "changed.yaml"
    changed.write_text(report.read_text(encoding="utf-8").replace(" user-dev:", " user-development:"), encoding="utf-8")
    told = validate(command, folder, changed, 4).stderr.decode()
    assert re.search(r"namespace user-development: cpu usage +3595\.0000 +0\.0000 core-hours +-100\.0000 %", told), told


@pytest.mark.parametrize("text, code, told", [
    (None, 3, "absent.yml: cannot be read"),
    ("generators: [\n", 3, "report.yml:2: "),
    ("- 1\n", 3, "has no 'generators'"),
    ("generators:\n  - OCPGenerator:\n      start_date: today\n", 2, "report.yml:3: start_date 'today' is no date"),
    ("generators:\n  - OCPGenerator:\n      start_date: last_month\n", 2, "fixes no total"),
])
def test_reports_that_cannot_be_used(golden, command, tmp_path, text, code, told):
    report = tmp_path / ("report.yml" if text else "absent.yml")
    if text:
        report.write_text(text, encoding="utf-8")
    folder = golden / "ocp_report_1"
    done = command("run", folder / "csv", "--reference", folder / "reference.json", "--validate-expected", report,
                   code=code, cwd=tmp_path)
    assert told in done.stderr.decode()


def test_dates_left_out_are_those_of_the_input(scenarios, golden, command, tmp_path):
    folder = golden / "ocp_report_1"  # its YAML has last_month as its beginning and no end
    done = command("run", folder / "csv", "--reference", folder / "reference.json", "--validate-expected",
                   scenarios / "ocp_report_1.yml", cwd=tmp_path)
    assert re.search(r"cpu usage \(1 namespaces, 1 nodes\) +1438\.0000 +1438\.0000 ", done.stdout.decode())
