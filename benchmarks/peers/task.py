"""What every peer is told and tells. A peer is a process of its own: `python PEER.py '{"data": …}'`. It imports its library,
then does the work, and prints one JSON object. The clock starts after the imports, so that Python's own start is nobody's
handicap."""
import glob
import json
import pathlib
import re
import resource
import sys
import time

TABLES = {"pods": "openshift_pod_usage_line_items", "storage": "openshift_storage_usage_line_items",
          "node_labels": "openshift_node_labels_line_items", "namespace_labels": "openshift_namespace_labels_line_items"}
CSV_FILES = {TABLES["pods"]: "pod_usage", TABLES["node_labels"]: "node_labels", TABLES["namespace_labels"]: "namespace_labels"}


class Task:
    """`work` is A or B; `data` the generated month; `target` the Parquet file (or directory) to write; `threads`."""

    def __init__(self):
        told = json.loads(sys.argv[1])
        self.work, self.data, self.target, self.threads = told["work"], told["data"], told["target"], told["threads"]
        self.scratch = told["scratch"]
        self.reference = json.loads((pathlib.Path(self.data) / "reference.json").read_text())
        self.csv = not (pathlib.Path(self.data) / "data").exists()  # hourly reports as .csv.gz, for work A alone
        self.keys = sorted({*self.reference["enabled_tag_keys"], "vm_kubevirt_io_name"})
        # Which tables the work reads: usage and storage from the hourly tables in A, from the daily ones in B.
        suffix = "" if self.work == "A" else "_daily"
        self.tables = {"hourly_pods": TABLES["pods"], "usage_pods": TABLES["pods"] + suffix,
                       "node_labels": TABLES["node_labels"], "namespace_labels": TABLES["namespace_labels"]}
        if self.work == "B":
            self.tables["storage"] = TABLES["storage"] + suffix

    def glob(self, name, day="*"):
        return f"{self.data}/data/*/OCP/source=*/year=*/month=*/day={day}/{self.tables[name]}/*.parquet"

    def csv_glob(self, table):
        return f"{self.data}/{CSV_FILES[table]}-*.csv.gz"

    def days(self):
        return sorted({re.search(r"/day=(\d+)/", path)[1] for path in glob.glob(self.glob("hourly_pods"))})

    def run(self, version, work):
        """Times work(), which returns the number of rows it read or None, and reports."""
        before = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        start = time.perf_counter()
        rows = work()
        print(json.dumps({"wall_s": time.perf_counter() - start, "start_cpu_s": sum(b.ru_utime + b.ru_stime for b in before),
                          "rows_in": rows, "version": version}))
