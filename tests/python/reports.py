"""Reports as the tests of the Python package feed them."""
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

import support

NAMES = {"pod": "pod_usage", "storage": "storage_usage", "node": "node_labels", "namespace": "namespace_labels"}


def arrow_tables(folder):
    """The hourly reports of a golden csv folder, by their names in costream.aggregate."""
    tables = {}
    for name, rows in support.read_reports(folder).items():
        if rows:
            tables[NAMES[name]] = pa.Table.from_pylist(rows)
    return tables


def month_table(month, table):
    """A table of a generated month, all its days."""
    files = sorted(month.glob(f"data/*/OCP/*/*/*/*/{table}/*.parquet"))
    return pa.concat_tables([pq.ParquetFile(file).read() for file in files])


def chunks(table, rows=1000, made=None, **options):
    """pandas chunks of the table, one by one; `made` gets the number of each."""
    for number, batch in enumerate(table.to_batches(max_chunksize=rows)):
        if made is not None:
            made.append(number)
        yield batch.to_pandas(**options)


def duckdb_relation(table):
    return duckdb.connect().from_arrow(table)


# The same table as others hold it.
READERS = {
    "pyarrow_table": lambda table: table,
    "pyarrow_reader": lambda table: table.to_reader(max_chunksize=500),
    "pyarrow_batches": lambda table: table.to_batches(max_chunksize=500),
    "pyarrow_generator": lambda table: iter(table.to_batches(max_chunksize=500)),
    "polars": pl.from_arrow,
    "polars_chunks": lambda table: (pl.from_arrow(batch) for batch in table.to_batches(max_chunksize=500)),
    "duckdb": duckdb_relation,
    "pandas": lambda table: table.to_pandas(),
    "pandas_objects": lambda table: table.to_pandas().astype(object),
    "pandas_categories": lambda table: table.to_pandas().astype(
        {name: "category" for name in table.column_names if pa.types.is_string(table.schema.field(name).type)}),
    "pandas_chunks": chunks,
    "pandas_list": lambda table: [pd.DataFrame(table.slice(at, 700).to_pandas()) for at in range(0, len(table), 700)],
}
