"""One random cluster through every path of the command and of the Python package: what spec/summary.md, "Exactness" says.

Over the same tables all paths give the same rows to the last bit, and those are the oracle's within the tolerance. Needs the
Python package: tests/python/test_equivalence.py checks some seeds, `python -m differential.equivalence 0-9999` many.
"""
import collections
import gzip
import json
import pathlib
import random
import sys
import tempfile
import time
import traceback

import pyarrow as pa
import pyarrow.parquet as pq

import costream
import support
from differential import clusters, matching, oracle

WAYS = [{"mode": mode, "threads": threads, **({"chunk_size": chunk} if chunk else {})}
        for mode in ("streaming", "in-memory") for threads in (1, 2, 8) for chunk in (1, 13, None)]
PLAIN = {"mode": "streaming", "threads": 1}
NAMES = {"pod": "pod_usage", "storage": "storage_usage", "node": "node_labels", "namespace": "namespace_labels"}
PADDING = {"namespace": "padding", "node": "padding", "pod": "padding"}


class Cluster:
    """A seed's cluster in a folder of its own, and how often each path was taken."""

    def __init__(self, seed, folder, paths):
        self.seed, self.folder, self.paths = seed, folder, paths
        self.chance = random.Random(seed + 5 * 10 ** 6)
        self.reports, self.reference = clusters.dataset(seed)
        if self.chance.random() < 0.6:
            clusters.twist(seed, self.reports)
        self.reference_file = support.write_reference(folder / "reference.json", self.reference)

    def run(self, inputs, **options):
        return costream.run(inputs, reference=self.reference_file, log_level="off", **options)

    def rows(self, inputs, **options):
        return self.run(inputs, **options).to_arrow()

    def same(self, path, want, have):
        self.paths[path] += 1
        if not have.equals(want):
            matching.assert_same_rows(rows_of(want), rows_of(have))  # tells where, if it is more than the last bits
            raise AssertionError(f"{path}: other bytes")

    def near(self, path, want, have):
        self.paths[path] += 1
        matching.assert_same_rows(want, rows_of(have))

    def command(self, inputs, want, **options):
        """The command itself, another process, into a file of either kind; the package writes the same file."""
        suffix = self.chance.choice(["csv", "parquet"])
        out, again = self.folder / f"command.{suffix}", self.folder / f"package.{suffix}"
        support.costream("run", "--reference", self.reference_file, "--to", out, "--log-level", "off",
                         *(f"--{name.replace('_', '-')}={value}" for name, value in options.items() if value), inputs)
        self.run(inputs, to=again, **options)
        assert out.read_bytes() == again.read_bytes(), f"command, .{suffix}: other bytes"
        matching.assert_same_rows(rows_of(want), support.read_output(out))
        self.paths[f"command, .{suffix}"] += 1

    # ---------------------------------------------------------------- paths
    def parquet(self):
        hourly, daily = clusters.tables(self.seed, {n: [dict(r) for r in rows] for n, rows in self.reports.items()})
        tables = {**hourly, **{name + "_daily": rows for name, rows in daily.items()}}
        types, omit = clusters.stored(self.seed, tables)
        forced = self.chance.choice(["auto", "auto", "hourly", "daily"])
        options = {"usage_from": forced}
        if self.chance.random() < 0.3:
            options["start"] = options["end"] = next((str(d) for d in sorted({r["interval_start"].date() for r in hourly["pod"]})
                                                      if str(d).startswith(self.reference["month"])), None)
        tree = support.write_tree(self.folder / "flat", hourly, daily=daily, types=types, omit=omit)
        plain = self.rows(tree, **options, **PLAIN)
        want = oracle.Summary(tables, self.reference, options.get("start"), options.get("end"), forced).rows()
        self.near("oracle, Parquet", want, plain)
        for way in self.chance.sample(WAYS, 6):
            self.same("{mode}, {threads} threads, chunks of {chunk}".format(chunk=way.get("chunk_size", "default"), **way), plain,
                      self.rows(tree, **options, **way))
        shuffled, shuffled_daily = ({name: self.chance.sample(rows, len(rows)) for name, rows in table.items()}
                                    for table in (hourly, daily))
        for layout, more in (("koku", {}), ("flat", {"path_day": 1})):
            other = support.write_tree(self.folder / f"{layout}-other", shuffled, daily=shuffled_daily, types=types, omit=omit,
                                       layout=layout, row_group_size=self.chance.choice([1, 3, 7]), **more)
            self.same(f"layout {layout}, rows shuffled, small row groups", plain,
                      self.rows(other, **options, **self.chance.choice(WAYS)))
        self.command(tree, plain, **options)
        parts = self.chance.randint(1, 3)
        states = [costream.partial(tree, part=p, parts=parts, reference=self.reference_file, log_level="off", **options)
                  for p in range(parts)]
        self.chance.shuffle(states)
        if self.chance.random() < 0.5:
            states = [costream.merge(states)]
        self.same("partial states", plain, costream.finalize(states, reference=self.reference_file, log_level="off").to_arrow())

    def csv(self):
        """CSV, payloads, Parquet of the same rows, the package over them in memory, and spilled."""
        reports = clusters.as_csv(self.reports)
        want = oracle.Summary(reports, self.reference).rows()
        folder = self.folder / "csv"
        support.write_csvs(folder, {n: r for n, r in reports.items() if r})
        plain = self.rows(folder, **PLAIN)
        self.near("oracle, CSV", want, plain)
        self.same("CSV, shuffled and split files", plain, self.rows(self.scattered(reports), **self.chance.choice(WAYS)))
        payloads = self.payloads("once", [(support.manifest_of("u", [f"{n}.csv" for n in reports]),
                                           {f"{n}.csv": (n, rows)}) for n, rows in reports.items()])
        self.same("payload", plain, self.rows(payloads, **self.chance.choice(WAYS)))
        tree = support.write_tree(self.folder / "hourly", reports, daily=None, row_group_size=self.chance.choice([2, 1000]))
        self.same("Parquet of the rows of CSVs", plain, self.rows(tree, **self.chance.choice(WAYS)))
        costream.convert(payloads, out=self.folder / "converted", source=support.SOURCE, org="1234567",
                         layout=self.chance.choice(["flat", "koku"]))
        converted = self.folder / "converted"
        self.same("converted, hourly", plain, self.rows(converted, usage_from="hourly", **self.chance.choice(WAYS)))
        self.near("converted, daily", want, self.rows(converted, usage_from="daily", **self.chance.choice(WAYS)))
        given = {NAMES[n]: support.table_of(rows, columns_of(rows)) for n, rows in reports.items() if rows}
        if given:
            self.in_memory(given, plain)
        self.spilled(reports)

    def in_memory(self, given, plain):
        common = {"reference": self.reference_file}
        chunked = {name: table.to_batches(max_chunksize=self.chance.randint(1, 9)) for name, table in given.items()}
        self.same("aggregate", plain, costream.aggregate(**given, **common, threads=self.chance.choice([1, 2, 8])))
        chunk = self.chance.choice([1, 13, 50_000])
        self.same("aggregate_streaming", plain, costream.aggregate_streaming(**chunked, **common, chunk_size=chunk))

    def spilled(self, reports):
        """Rows with a resource id of 2 MiB between the others: each makes the day so large that it is spilled."""
        pods = list(reports["pod"])
        for time in sorted({r["interval_start"] for r in pods}):
            if self.chance.random() < 0.5:
                row = {"interval_start": time, **PADDING, "resource_id": f"{len(pods)}{'x' * (2 << 20)}"}
                pods.insert(self.chance.randint(0, len(pods)), row)
        tree = support.write_tree(self.folder / "spilled", {**reports, "pod": pods}, daily=None)
        plain = self.run(tree, memory_limit="8GiB", **PLAIN)
        spilled = self.run(tree, memory_limit=1, mode="streaming", threads=1, chunk_size=self.chance.choice([1, 13]))
        assert plain.report["spilled_bytes"] == 0
        self.same("spilled" if spilled.report["spilled_bytes"] else "not large enough to be spilled", plain.to_arrow(),
                  spilled.to_arrow())

    def superseded(self):
        tarballs, counted = clusters.deliveries(self.seed, clusters.as_csv(self.reports))
        if tarballs:
            payloads = self.payloads("again", tarballs)
            plain = self.rows(payloads, **PLAIN)
            self.near("oracle, superseded payloads", oracle.Summary(counted, self.reference).rows(), plain)
            self.same("superseded payloads", plain,
                      self.rows(self.chance.sample(payloads, len(payloads)), **self.chance.choice(WAYS)))

        files, counted = clusters.parquet_deliveries(self.seed, self.reports)
        tree = self.folder / "deliveries"
        for number, (report, day, told, rows) in enumerate(files):
            path = tree / support.folder_of("flat", "1234567", support.SOURCE, day, support.TABLES[report]) / f"{number}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            table = support.table_of(rows, columns_of(rows))
            pq.write_table(table.replace_schema_metadata(told), path)
        if files:
            self.near("oracle, superseded Parquet", oracle.Summary(counted, self.reference).rows(),
                      self.rows(tree, **self.chance.choice(WAYS)))

    # ---------------------------------------------------------------- writing
    def payloads(self, name, tarballs):
        made = []
        for number, (manifest, members) in enumerate(tarballs):
            files = {member: support.csv_text(rows, columns_of(rows) or support.COLUMNS[report])
                     for member, (report, rows) in members.items()}
            made.append(support.write_payload(self.folder / name / f"{number}.tar.gz", manifest, files, self.chance.random() < 0.5))
        return made

    def scattered(self, reports):
        """Rows and columns in any order, in several files; gzipped, with a byte-order mark or CRLF."""
        files = []
        for name, rows in reports.items():
            columns = columns_of(rows) or support.COLUMNS[name]
            pieces = self.chance.randint(1, 3)
            rows = self.chance.sample(rows, len(rows))
            for i in range(pieces):
                text = support.csv_text(rows[i::pieces], self.chance.sample(columns, len(columns)))
                if self.chance.random() < 0.3:
                    text = b"\xef\xbb\xbf" + text
                zipped = self.chance.random() < 0.3
                path = self.folder / "scattered" / f"{self.chance.randrange(10 ** 6)}-{name}-{i}.csv{'.gz' if zipped else ''}"
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(gzip.compress(text, 1) if zipped else text)
                files.append(path)
        self.chance.shuffle(files)
        return files


def columns_of(rows):
    return list(dict.fromkeys(c for r in rows for c in r))


def rows_of(table):
    return [support.typed(row) for row in table.to_pylist()]


def check(seed, folder, paths):
    """Fails where a path gives other rows than it must. `paths` counts how often each was taken."""
    cluster = Cluster(seed, folder, paths)
    cluster.parquet()
    cluster.csv()
    cluster.superseded()


def main(seeds):
    first, _, last = seeds.partition("-")
    paths, failed, begin = collections.Counter(), [], time.monotonic()
    for seed in range(int(first), int(last or first) + 1):
        with tempfile.TemporaryDirectory(prefix="costream-equivalence-") as folder:
            try:
                check(seed, pathlib.Path(folder), paths)
            except Exception:
                failed.append(seed)
                print(f"seed {seed}:\n{traceback.format_exc()}", file=sys.stderr, flush=True)
    print(json.dumps({"suite": "equivalence", "seeds": seeds, "failed": failed, "checks": sum(paths.values()),
                      "paths": dict(paths), "seconds": round(time.monotonic() - begin)}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
