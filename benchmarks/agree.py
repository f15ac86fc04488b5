"""Do two summaries hold the same rows? `agree.py EXPECTED.parquet OTHER` compares the number of rows and the keys of each
kind exactly, and the sum of every measure within 1e-6. Prints the number of rows; says what differs and exits with 1."""
import math
import os
import sys

import duckdb

TOLERANCE = 1e-6
KEYS = ["usage_start", "namespace", "node", "resource_id", "persistentvolumeclaim", "persistentvolume", "storageclass",
        "cost_category_id", "source_uuid"]
KIND = "CASE WHEN data_source = 'Storage' THEN 'storage' WHEN pod_labels IS NULL THEN 'unallocated' ELSE 'pod' END"
# Labels whatever the order of the keys and the spaces of the JSON text.
LABELS = """list_sort(string_split(trim(replace(replace(all_labels, '": "', '":"'), '", "', '","'), '{}'), ','))"""


def totals(path):
    """{kind: {what: value}}; keys as an order-independent sum of hashes."""
    files = "read_parquet('" + (path + "/*.parquet" if os.path.isdir(path) else path) + "')"
    columns = duckdb.sql(f"DESCRIBE SELECT * FROM {files}").fetchall()
    measures = [name for name, kind, *_ in columns if kind == "DOUBLE" or kind.startswith("DECIMAL")]
    sums = ", ".join(f"sum({m}::DOUBLE) AS {m}, count({m}) AS {m}_count" for m in sorted(measures))
    keys = ", ".join(f"{k}::VARCHAR" for k in KEYS)
    found = duckdb.sql(f"SELECT {KIND} AS kind, count(*) AS rows, sum(hash({keys}, {LABELS})::HUGEINT) AS keys, {sums} "
                       f"FROM {files} GROUP BY ALL")
    names = found.columns[1:]
    return {kind: dict(zip(names, values)) for kind, *values in found.fetchall()}


def differences(expected, other):
    for kind in sorted({*expected, *other}):
        left, right = expected.get(kind, {"rows": 0}), other.get(kind, {"rows": 0})
        for what in sorted({*left, *right}) if left["rows"] == right["rows"] else ["rows"]:
            a, b = left.get(what), right.get(what)
            same = math.isclose(a, b, rel_tol=TOLERANCE) if isinstance(a, float) and isinstance(b, float) else a == b
            if not same:
                yield f"{kind}: {what} is {b}, not {a}"


def main():
    expected, other = (totals(path) for path in sys.argv[1:3])
    found = list(differences(expected, other))
    if found:
        sys.exit("\n".join(found))
    print(sum(kind["rows"] for kind in other.values()))


if __name__ == "__main__":
    main()
