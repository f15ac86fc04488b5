"""Writes the seeds of the fuzz targets: small inputs of every kind that they read. The same ones each time.

Run it where the Python package is installed, which makes the partial states:
build/python-package/bin/python tests/fuzz/make_seeds.py
"""
import gzip
import io
import itertools
import json
import pathlib
import sys
import tempfile

import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import support  # noqa: E402
from differential import clusters  # noqa: E402

CLUSTERS = 6


def write(target, name, data):
    path = HERE / "seeds" / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


def small_reports(seed):
    """A few rows of a cluster, all of November 2025."""
    reports, _ = clusters.dataset(seed)
    clusters.twist(seed, reports)
    for rows in reports.values():
        del rows[6:]
        for row in rows:
            time = row["interval_start"]
            row["interval_start"] = time.replace(year=2025, month=11, day=min(time.day, 28))
    return reports


def columns_of(rows):
    return list(dict.fromkeys(c for r in rows for c in r))


def parquet():
    """Types, encodings and compressions in turn."""
    options = itertools.cycle([
        {}, {"use_dictionary": False}, {"compression": "none"}, {"compression": "zstd", "data_page_version": "2.0"},
        {"row_group_size": 2, "compression": "none"}, {"use_deprecated_int96_timestamps": True},
        {"compression": "gzip", "use_dictionary": False, "column_encoding": {"interval_start": "DELTA_BINARY_PACKED"}}])
    for seed in range(CLUSTERS):
        reports = small_reports(seed)
        types, _ = clusters.stored(seed, reports)
        for name, rows in reports.items():
            if not rows:
                continue
            for suffix, kinds in (("plain", {}), ("typed", types[name])):
                how = dict(next(options))
                if "column_encoding" in how and kinds:
                    del how["column_encoding"]
                out = io.BytesIO()
                pq.write_table(support.table_of(rows, columns_of(rows), kinds), out, **how)
                write("parquet", f"{seed}-{name}-{suffix}", out.getvalue())


def csv():
    for seed in range(CLUSTERS):
        for name, rows in clusters.as_csv(small_reports(seed)).items():
            text = support.csv_text(rows, columns_of(rows) or support.COLUMNS[name])
            text = text.replace(b"\n", b"\r\n") if seed % 3 else text
            write("csv", f"{seed}-{name}", (b"\xef\xbb\xbf" if seed % 2 else b"") + text)


def labels():
    for number, text in enumerate(clusters.ODD_LABELS[1:]):
        write("labels", str(number), text)


def like():
    patterns = ["%", "_", "a%b", "b\\_c", "\\%", "é_%", "%%a%%a", "\\", "a\\", "openshift-%", ""]
    for number, (pattern, text) in enumerate(itertools.product(patterns, ["openshift-x", "aéb_c%"])):
        write("like", str(number), f"{pattern}\0{text}")


def manifests():
    yield support.manifest_of("0a1b", ["a.csv"])
    yield support.manifest_of("0A1B", ["a.csv", "b.csv"], daily_reports=True, start="2025-11-01T00:00:00Z",
                              end="2025-11-02 03:04:05 +0000 UTC", resource_optimization_files=["r.csv"], certified=False, cr_status={"a": [1, None]})
    yield {"uuid": "x", "files": None}


def payload():
    for number, manifest in enumerate(manifests()):
        write("manifest", str(number), json.dumps(manifest))
    for seed in range(CLUSTERS):
        files = {f"{name}.csv": support.csv_text(rows, columns_of(rows) or support.COLUMNS[name])
                 for name, rows in clusters.as_csv(small_reports(seed)).items()}
        manifest = ("manifest.json", json.dumps(support.manifest_of("u", files)).encode())
        members = [manifest, *files.items()] if seed % 2 else [*files.items(), manifest]
        write("payload", f"{seed}", support.tar_bytes(members[:3 if seed % 2 else 5]))
        write("gzip", f"{seed}", gzip.compress(files["pod.csv"], 1 + seed, mtime=0))
    write("gzip", "members", gzip.compress(b"a", mtime=0) + gzip.compress(b"b" * 3000, mtime=0))


def config():
    for path in sorted((HERE.parent.parent / "config").glob("*.y*ml")):
        write("config", path.name, path.read_bytes())
    write("config", "small", "performance:\n  chunk_size: ${SET}\n  threads: ${NOT:-2}\nsources:\n  "
          f"{support.SOURCE}:\n    ocp:\n      cluster_id: x\n")


def path():
    template = "data/{}/OCP/source={{provider_uuid}}/year={{year}}/month={{month}}/*/{}"
    for name, text in {
            "template": template.format("1", support.TABLES["pod"]),
            "koku": "data/parquet/daily/1/OCP/pod_usage/source=s/year=2025/month=11/x.parquet",
            "flat": f"data/1/OCP/source=s/year=2025/month=11/day=01/{support.TABLES['node']}_daily/x.parquet",
            "unknown": "a/{b}/c{"}.items():
        write("path", name, text)


def partial():
    import costream
    for seed in range(CLUSTERS):
        with tempfile.TemporaryDirectory() as folder:
            tree = support.write_tree(pathlib.Path(folder) / "tree", small_reports(seed), hourly=seed % 2 == 0)
            write("partial", f"{seed}", costream.partial(tree, month="2025-11", source=support.SOURCE, log_level="off"))


for make in (parquet, csv, labels, like, payload, config, path, partial):
    make()
