"""PostgreSQL, as a platform does it: load by COPY, index, SQL (work B only). The server is this run's own: a temporary
directory, a Unix socket, no TCP; it is stopped at the end. Timed are load, indexes and SQL; not timed are the server's start
and the making of the CSV files, labels turned into JSON in them."""
import csv
import glob
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import duckdb

from task import Task

HERE = pathlib.Path(__file__).parent
POD_COLUMNS = ["namespace", "node", "pod", "resource_id", "pod_labels", *(
    f"pod_{side}_{unit}" for unit in ("cpu_core_seconds", "memory_byte_seconds")
    for side in ("usage", "request", "effective_usage", "limit")), "node_capacity_cpu_cores", "node_capacity_memory_bytes"]
STORAGE_COLUMNS = ["namespace", "pod", "persistentvolumeclaim", "persistentvolume", "storageclass", "csi_volume_handle",
                   "persistentvolume_labels", "persistentvolumeclaim_labels", "persistentvolumeclaim_capacity_bytes",
                   "persistentvolumeclaim_capacity_byte_seconds", "volume_request_storage_byte_seconds",
                   "persistentvolumeclaim_usage_byte_seconds"]
COLUMNS = {"hourly_pods": ["interval_start", "node", "node_capacity_cpu_core_seconds", "node_capacity_memory_byte_seconds"],
           "usage_pods": ["interval_start::DATE", *POD_COLUMNS], "storage": ["interval_start::DATE", *STORAGE_COLUMNS],
           "node_labels": ["interval_start", "node", "node_labels"],
           "namespace_labels": ["interval_start", "namespace", "namespace_labels"]}
JSON = """to_json(map_from_entries(list_transform(list_filter(string_split({}, '|'), lambda x: contains(x, ':')),
          lambda x: (substr(split_part(x, ':', 1), 7), substr(x, strpos(x, ':') + 1)))))"""
SETTINGS = {"listen_addresses": "", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
            "max_wal_size": "8GB", "shared_buffers": "1GB", "work_mem": "256MB", "maintenance_work_mem": "512MB"}


def binaries():
    """The directory of initdb and postgres, or None."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb")) or [shutil.which("initdb")]
    return found[-1] and os.path.dirname(found[-1])


def write_csv(task, directory):
    for table, columns in COLUMNS.items():
        chosen = ", ".join(JSON.format(c) if c.endswith("_labels") else c for c in columns)
        duckdb.sql(f"COPY (SELECT {chosen} FROM read_parquet('{task.glob(table)}', hive_partitioning = false)) "
                   f"TO '{directory}/{table}.csv' (HEADER false)")
    reference = task.reference
    rows = {"roles": [[r["node"], r["resource_id"], r["node_role"]] for r in reference["node_roles"]],
            "patterns": [[c["namespace"], c["cost_category_id"]] for c in reference["cost_categories"]],
            "enabled": [[key] for key in task.keys]}
    for name, content in rows.items():
        with open(f"{directory}/{name}.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(content)


def psql(socket, directory, file, *arguments):
    subprocess.run([f"{binaries()}/psql", "-h", socket, "-U", "bench", "-d", "postgres", "-X", "-q", "-v", "ON_ERROR_STOP=1",
                    "-f", file, *arguments], cwd=directory, check=True, stdout=subprocess.DEVNULL)


def start_server(threads, directory):
    """PostgreSQL refuses to run as root: then it runs as the user postgres."""
    owner = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    if owner:
        shutil.chown(directory, "postgres", "postgres")
    data = f"{directory}/data"
    subprocess.run([f"{binaries()}/initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
                   check=True, stdout=subprocess.DEVNULL, cwd=directory, **owner)
    settings = {**SETTINGS, "unix_socket_directories": directory, "max_parallel_workers_per_gather": threads - 1,
                "max_parallel_maintenance_workers": threads - 1}
    log = open(f"{directory}/log", "wb")
    server = subprocess.Popen([f"{binaries()}/postgres", "-D", data, *(f"--{k}={v}" for k, v in settings.items())],
                              stdout=log, stderr=log, cwd=directory, **owner)
    for _ in range(300):
        if subprocess.run([f"{binaries()}/pg_isready", "-q", "-h", directory]).returncode == 0:
            return server
        if server.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit("postgres did not start: " + pathlib.Path(f"{directory}/log").read_text(errors="replace"))


def main():
    task = Task()
    if task.work != "B":
        sys.exit("postgres_sql.py does work B only")
    reference = task.reference
    variables = {"period": reference["report_period_id"], "cluster_id": reference["cluster_id"],
                 "cluster_alias": reference["cluster_alias"], "source": reference["source_uuid"]}
    with tempfile.TemporaryDirectory(prefix="costream-bench-") as server_directory, \
            tempfile.TemporaryDirectory(dir=task.scratch) as files:
        write_csv(task, files)
        server = start_server(task.threads, server_directory)
        try:
            version = subprocess.check_output([f"{binaries()}/postgres", "--version"], text=True).split()[2]

            def work():
                psql(server_directory, files, HERE / "postgres_load.sql")
                psql(server_directory, files, HERE / "postgres_summary.sql", *(f"-v{k}={v}" for k, v in variables.items()))

            task.run(version, work)
            pathlib.Path(files, "export.sql").write_text("\\copy summary TO 'summary.csv' CSV HEADER\n")
            psql(server_directory, files, "export.sql")
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()
        # For the check alone.
        measures = "(_hours|_cores|_gigabytes?|_months)$"
        duckdb.sql(f"COPY (SELECT COLUMNS(lambda c: NOT regexp_matches(c, '{measures}')), COLUMNS('{measures}')::DOUBLE "
                   f"FROM read_csv('{files}/summary.csv', all_varchar = true)) TO '{task.target}' (FORMAT parquet)")


if __name__ == "__main__":
    main()
