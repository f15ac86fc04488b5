"""500 nodes, 2,000 namespaces and 31 days on one page."""
import json
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import support
from report.browser import opened

NODES, NAMESPACES, DAYS = 500, 2000, 31


@pytest.fixture(scope="module")
def large(month, tmp_path_factory):
    """Each namespace on three nodes a day; its column types are those of a run."""
    schema = pq.read_schema(month.summary)
    path = tmp_path_factory.mktemp("large") / "large.parquet"
    texts = {"data_source": "Pod", "all_labels": "{}", "source_uuid": support.SOURCE, "cluster_id": "large"}
    with pq.ParquetWriter(path, schema) as writer:
        for day in range(DAYS):
            columns = {name: [] for name in ("namespace", "node", "pod_labels", "use")}
            for i in range(NAMESPACES):
                for j in range(3):
                    columns["namespace"].append(f"namespace-{i:04}")
                    columns["node"].append(f"node-{(i * 7 + j * 131 + day) % NODES:03}")
                    columns["pod_labels"].append(json.dumps({"app": f"app-{i % 900}", "team": f"team-{i % 30}", "run": f"run-{i}-{day}"}))
                    columns["use"].append(1.5 + (i * 37 + j + day) % 100 / 7)
            count = len(columns["use"])
            start = (pa.scalar(f"2025-12-{day + 1:02}")).cast(pa.date32())
            made = {"namespace": pa.array(columns["namespace"]), "node": pa.array(columns["node"]), "pod_labels": pa.array(columns["pod_labels"]),
                    "uuid": pa.array([bytes(16)] * count, pa.binary(16)),
                    "usage_start": pa.repeat(start, count), "usage_end": pa.repeat(start, count),
                    **{name: pa.repeat(text, count) for name, text in texts.items()}}
            for measure in support.OUT_MEASURES:
                made[measure] = pa.repeat(3072.0 if "node_capacity" in measure else NODES * 3072.0, count) if "capacity" in measure else pa.array(columns["use"])
            arrays = [made[field.name].cast(field.type) if field.name in made else pa.nulls(count, field.type) for field in schema]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    return path


def test_page_is_small_and_quick(large, chromium, tmp_path):
    page_file = tmp_path / "large.html"
    # By a process of its own, since a peak is that of the largest child so far.
    done = subprocess.run([sys.executable, "-c", "import resource, subprocess, sys\n"
                           "code = subprocess.run(sys.argv[1:]).returncode\n"
                           "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\nsys.exit(code)",
                           str(support.BINARY), "report", str(large), "-o", str(page_file)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    if not support.SANITIZED:
        assert int(done.stdout.split()[-1]) <= 128 * 1024
    assert page_file.stat().st_size <= 15e6
    with opened(chromium, page_file.as_uri()) as page:
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        assert page.locator("#explore output").inner_text() == "2,000"
        assert page.locator("#idle output").inner_text() == "500"
        page.get_by_label("Search namespaces", exact=True).fill("namespace-1999")
        assert page.locator("#explore .data tbody tr").count() == 1
        assert page.locator("#explore tfoot td").first.inner_text() == page.locator("#explore tbody td").first.inner_text()
        print(f"first paint after {paint:.0f} ms, {page_file.stat().st_size / 1e6:.1f} MB")
    assert paint <= 2000
