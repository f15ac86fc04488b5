"""Public broken and odd files, as reports, labels, reference data and manifests: no crash, no hang, no excess of memory."""
import datetime

import pytest

import support
from faults import seed
from faults.watched import watched

CORPORA = support.SHARED / "corpora"
MOST_SECONDS, MOST_MEMORY = 10, 256 << 20
DAY = datetime.date(2025, 11, 1)
OPTIONS = ["--month", "2025-11", "--source", support.SOURCE]
POD = {"interval_start": "2025-11-01 00:00:00", "namespace": "ns", "node": "n", "pod": "p", "pod_usage_cpu_core_seconds": 3600.0,
       "pod_request_cpu_core_seconds": 0.0, "pod_usage_memory_byte_seconds": 0.0, "pod_request_memory_byte_seconds": 0.0}


def files(*folders):
    if not CORPORA.is_dir():
        support.absent(f"no corpora at {CORPORA} (set COSTREAM_SHARED)")
    found = [path for folder in folders for path in sorted((CORPORA / folder).rglob("*"))
             if path.is_file() and path.suffix != ".md" and path.name not in ("LICENSE", "LICENSE.txt", ".gitattributes")]
    assert found
    return found


def run(tmp_path, what, inputs, *more, codes):
    """Fails but for those exit codes; of an error, one that names the file."""
    target = tmp_path / "out.csv"
    target.write_text("old")
    command = [str(support.BINARY), "run", str(inputs), *OPTIONS, "--to", str(target), *map(str, more)]
    code, said, _, memory = watched(command, tmp_path, tmp_path, MOST_SECONDS)
    assert code in codes and "Sanitizer" not in said and "internal error" not in said, f"{what}: exit {code}: {said}"
    assert support.SANITIZED or memory <= MOST_MEMORY, f"{what}: {memory >> 20} MiB"
    assert code == 0 or target.read_text() == "old", what
    return code


@pytest.mark.parametrize("report", ["pod", "storage", "node"])
def test_reports(command, tmp_path, tally, report):
    for number, path in enumerate(seed.sample(files("parquet_testing", "arrow_fuzzing"), 25, report)):
        folder = tmp_path / str(number)
        if "csv" in path.parts:
            place = folder / f"{support.FILES[report]}.csv"
        else:
            place = folder / support.folder_of("flat", "1", support.SOURCE, DAY, support.TABLES[report]) / "part-0.parquet"
        place.parent.mkdir(parents=True)
        place.write_bytes(path.read_bytes())
        run(tmp_path, path.relative_to(CORPORA), folder, codes=(0, 3))
        tally()


@pytest.mark.parametrize("use, codes", [("labels", (0, 3)), ("reference", (0, 2)), ("manifest", (3, 0))])
def test_json(command, tmp_path, tally, use, codes):
    found = set()
    for number, path in enumerate(seed.sample(files("json"), 25, use)):
        folder, more, text = tmp_path / str(number), [], path.read_bytes()
        if use == "manifest":
            inputs = support.write_payload(folder / "payload.tar.gz", text, {"pod.csv": support.csv_text([POD], list(POD))})
        else:
            inputs = support.write_csvs(folder, {"pod": [{**POD, "pod_labels": text if use == "labels" else ""}]})
        if use == "reference":
            (tmp_path / "reference.json").write_bytes(text)
            more = ["--reference", tmp_path / "reference.json"]
        found.add(run(tmp_path, path.relative_to(CORPORA), inputs, *more, codes=codes))
        tally()
    assert codes[0] in found
