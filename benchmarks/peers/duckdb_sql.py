"""DuckDB: the best straight SQL there is (duckdb.sql), over the month at once, or day by day with `"by_day": true`."""
import glob
import gzip
import json
import os
import pathlib
import re
import sys

import duckdb

from task import Task

HERE = pathlib.Path(__file__).parent


def quoted(value):
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def parse_labels(keys):
    """One column a key from `text`, which is the label text with a bar before it: its JSON member, null where it is absent."""
    def value(key):
        found = f"nullif(strpos(text, {quoted(f'|label_{key}:')}), 0)"
        return f"split_part(substr(text, {found} + {len(f'|label_{key}:')}), '|', 1)"

    return ", ".join(f"""'"{k}":"' || {value(k)} || '"' AS {json.dumps(k)}""" for k in keys)


def label_json(keys, tables):
    """The labels of several tables merged, the first beating the others, as JSON text with sorted keys."""
    members = (f"coalesce({', '.join(f'{t}.{json.dumps(k)}' for t in tables)})" for k in keys)
    return f"'{{' || concat_ws(',', {', '.join(members)}) || '}}'"


def parquet(task, name, day):
    return f"read_parquet({quoted(task.glob(name, day))}, hive_partitioning = false)"


def csv_ctes(task):
    """The CSV files as tables of the statement, so that each is read once. Without `"sniff": true` the columns and their types are
    named, which halves the work."""
    sniff = json.loads(sys.argv[1])["sniff"]
    ctes = ""
    for name in dict.fromkeys(task.tables.values()):
        files = task.csv_glob(name)
        with gzip.open(glob.glob(files)[0], "rt") as first:
            header = first.readline().rstrip().split(",")
        types = {c: "TIMESTAMP" if c == "interval_start" else "DOUBLE" if re.search("_(seconds|cores|bytes)$", c) else "VARCHAR"
                 for c in header}
        told = ("types = {'interval_start': 'TIMESTAMP'}" if sniff else
                f"auto_detect = false, header = true, delim = ',', quote = '\"', columns = {types}")
        ctes += (f"{name} AS MATERIALIZED (FROM read_csv({quoted(files)}, timestampformat = '%Y-%m-%d %H:%M:%S +0000 UTC', "
                 f"{told})),\n")
    return ctes


def statement(task, day, target):
    sql = (HERE / "duckdb.sql").read_text()
    storage = rows = ""
    if task.work == "B":
        storage, rows = re.split(r"^-- -+\n", (HERE / "duckdb_storage.sql").read_text(), flags=re.MULTILINE)
    sides = {unit: (f"pod_usage_{unit}", f"pod_request_{unit}") for unit in ("cpu_core_seconds", "memory_byte_seconds")}
    effective = {unit: f"greatest({', '.join(names)})" if task.work == "A" else f"pod_effective_usage_{unit}"
                 for unit, names in sides.items()}
    filled = {"storage_ctes": storage, "storage_rows": rows,
              "storage_namespaces": "UNION SELECT namespace FROM claims" if storage else "", "parse": parse_labels(task.keys),
              "target": quoted(target),
              "effective_cpu": effective["cpu_core_seconds"], "effective_memory": effective["memory_byte_seconds"],
              "csv_ctes": csv_ctes(task) if task.csv else "",
              **{name: table if task.csv else parquet(task, name, day) for name, table in task.tables.items()},
              **{c: quoted(task.reference[c]) for c in ("report_period_id", "cluster_id", "cluster_alias", "source_uuid")}}
    for name, text in filled.items():
        sql = sql.replace("{" + name + "}", text)
    return re.sub(r"\{json\((.*?)\)\}", lambda m: label_json(task.keys, m[1].split(", ")), sql)


def main():
    task = Task()
    by_day = json.loads(sys.argv[1])["by_day"]

    def work():
        connection = duckdb.connect()
        connection.execute(f"SET threads = {task.threads}; SET preserve_insertion_order = false; "
                           f"SET temp_directory = {quoted(task.scratch)}")
        reference = quoted(task.data + "/reference.json")
        connection.execute(f"CREATE TABLE roles AS SELECT unnest(node_roles, recursive := true) FROM read_json({reference})")
        connection.execute("CREATE TABLE patterns AS SELECT namespace AS pattern, cost_category_id FROM ("
                           f"SELECT unnest(cost_categories, recursive := true) FROM read_json({reference}))")
        if not by_day:
            connection.execute(statement(task, "*", task.target))
            return
        os.makedirs(task.target)
        for day in task.days():
            connection.execute(statement(task, day, f"{task.target}/{day}.parquet"))

    task.run(duckdb.__version__, work)


if __name__ == "__main__":
    main()
