"""The example of docs/api.md: the engine as a library."""
import subprocess

import pytest

import support


def test_the_example_makes_rows(command, tmp_path):
    if support.BINARY != support.ROOT / "build/release/costream":
        pytest.skip("examples are built with the release build")
    subprocess.run(["cmake", "--build", "--preset", "release", "--target", "aggregate_pods"], cwd=support.ROOT, check=True, timeout=300,
                   stdout=subprocess.DEVNULL)
    command("generate", "--rows", "2000", "--out", tmp_path / "month")
    pods = sorted(tmp_path.glob("month/data/**/openshift_pod_usage_line_items/*.parquet"))[0]
    done = subprocess.run([support.ROOT / "build/release/aggregate_pods", pods, support.SOURCE, "2025-11"], capture_output=True, text=True, check=True)
    rows, _, schema = done.stdout.partition(" rows\n")
    assert int(rows) > 5 and "pod_usage_cpu_core_hours: double" in schema
