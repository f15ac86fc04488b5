"""The same rows, however a Parquet file was written: the same bytes out."""
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import support
from differential import clusters

PLAIN = {"use_dictionary": False}
WRITERS = {
    **{f"version_{v}": {"version": v} for v in ("1.0", "2.4", "2.6")},
    **{f"page_{v}": {"data_page_version": v} for v in ("1.0", "2.0")},
    **{f"plain_page_{v}": {"data_page_version": v, **PLAIN} for v in ("1.0", "2.0")},
    **{name: {"compression": name} for name in ("none", "snappy", "gzip", "zstd", "lz4", "brotli")},
    "some_dictionaries": {"use_dictionary": ["pod", "pod_labels"]},
    "tiny_pages": {"data_page_size": 1, "write_batch_size": 1, "dictionary_pagesize_limit": 1},
    "tiny_row_groups": {"row_group_size": 1},
    "no_statistics": {"write_statistics": False},
    "checksums": {"write_page_checksum": True},
    "page_index": {"write_page_index": True},
    "int96": {"use_deprecated_int96_timestamps": True},
    "microseconds": {"coerce_timestamps": "us"},
    "no_arrow_schema": {"store_schema": False},
    "integer_decimals": {"store_decimal_as_integer": True},
}
ENCODINGS = {"BYTE_STREAM_SPLIT": ["double"], "DELTA_BINARY_PACKED": ["timestamp[ms]"],
             "DELTA_LENGTH_BYTE_ARRAY": ["string"], "DELTA_BYTE_ARRAY": ["string"]}
TEXT = (pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary(), pa.dictionary(pa.int8(), pa.string()))
TIMES = (pa.timestamp("s"), pa.timestamp("us"), pa.timestamp("ns"), pa.timestamp("us", "UTC"),
         pa.timestamp("ns", "America/New_York"))


def nested(table):
    """Columns nobody needs, some with a needed name inside."""
    rows = table.num_rows
    table = table.add_column(0, "struct", pa.array([{"interval_start": "x", "node": [1]}] * rows))
    table = table.add_column(2, "map", pa.array([[("namespace", 1)]] * rows, pa.map_(pa.string(), pa.int32())))
    return table.append_column("lists", pa.array([[None, [1.5]]] * rows)).append_column("nothing", pa.nulls(rows))


def cast(table, old, new):
    return table.cast(pa.schema([f.with_type(new) if f.type == old else f for f in table.schema]))


CHANGES = {
    **{f"text_{t}": lambda table, t=t: cast(table, pa.string(), t) for t in TEXT},
    **{f"time_{t}": lambda table, t=t: cast(table, pa.timestamp("ms"), t) for t in TIMES},
    **{f"measures_{t}": lambda table, t=t: cast(table, pa.float64(), t)
       for t in (pa.string(), pa.decimal128(38, 9), pa.decimal256(60, 9))},
    "nested": nested,
    "columns_reversed": lambda table: table.select(table.column_names[::-1]),
    "chunks": lambda table: pa.concat_tables([table.slice(i, 1) for i in range(table.num_rows)]),
}


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """A tree, its reference, the tables of its files, and the rows of an ordinary run."""
    home = tmp_path_factory.mktemp("writers")
    reports, reference = clusters.dataset(5)
    for row in (row for rows in reports.values() for row in rows):  # exact in every type
        row.update({c: float(round(v)) for c, v in row.items() if c in support.ALL_MEASURES and v is not None})
    tree = support.write_tree(home / "tree", reports)
    support.write_reference(home / "reference.json", reference)
    tables = {path: pq.ParquetFile(path).read() for path in tree.rglob("*.parquet")}
    return home, tables, run(home)


def run(home):
    support.costream("run", home / "tree", "--reference", home / "reference.json", "--to", home / "out.csv")
    return (home / "out.csv").read_bytes()


def check(case, write):
    home, tables, want = case
    for path, table in tables.items():
        write(table, path)
    assert run(home) == want


@pytest.mark.parametrize("name", WRITERS)
def test_writer_options(command, case, name):
    check(case, lambda table, path: pq.write_table(table, path, **WRITERS[name]))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings(command, case, encoding):
    def write(table, path):
        columns = {f.name: encoding for f in table.schema if str(f.type) in ENCODINGS[encoding]}
        pq.write_table(table, path, column_encoding=columns, use_dictionary=False, version="2.6")
    check(case, write)


@pytest.mark.parametrize("name", CHANGES)
def test_types_and_columns(command, case, name):
    check(case, lambda table, path: pq.write_table(CHANGES[name](table), path))


def test_row_groups_without_rows(command, case):
    def write(table, path):
        with pq.ParquetWriter(path, table.schema) as writer:
            for part in (table.slice(0, 0), table.slice(0, 1), table.slice(0, 0), table.slice(1), table.slice(0, 0)):
                writer.write_table(part)
    check(case, write)


def test_files_without_row_groups(command, case):
    for path in case[1]:
        with pq.ParquetWriter(path.with_name("empty.parquet"), pa.schema([("nothing", pa.null())])):
            pass
    check(case, pq.write_table)
