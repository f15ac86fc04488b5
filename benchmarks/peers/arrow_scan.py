"""The floor: Arrow reads the columns that the work needs and throws them away. Texts stay dictionaries, which is the fastest
way for dictionary-encoded and for plain columns."""
import glob

import pyarrow as pa
import pyarrow.dataset as ds

from task import Task

USAGE = [f"pod_{side}_{unit}" for side in ("usage", "request", "limit") for unit in ("cpu_core_seconds", "memory_byte_seconds")]
EFFECTIVE = ["pod_effective_usage_cpu_core_seconds", "pod_effective_usage_memory_byte_seconds"]
CAPACITY = ["node_capacity_cpu_core_seconds", "node_capacity_memory_byte_seconds"]
PODS = ["interval_start", "namespace", "node", "resource_id", "pod_labels", *USAGE, "node_capacity_cpu_cores",
        "node_capacity_memory_bytes"]
LABELS = {"node_labels": ["interval_start", "node", "node_labels"],
          "namespace_labels": ["interval_start", "namespace", "namespace_labels"]}
COLUMNS = {
    "A": {"hourly_pods": PODS + CAPACITY, **LABELS},
    "B": {"hourly_pods": ["interval_start", "node", *CAPACITY], "usage_pods": [*PODS, "pod", *EFFECTIVE],
          "storage": ["interval_start", "namespace", "pod", "persistentvolumeclaim", "persistentvolume", "storageclass",
                      "csi_volume_handle", "persistentvolume_labels", "persistentvolumeclaim_labels",
                      "persistentvolumeclaim_capacity_bytes", "persistentvolumeclaim_capacity_byte_seconds",
                      "volume_request_storage_byte_seconds", "persistentvolumeclaim_usage_byte_seconds"], **LABELS}}
NOT_TEXT = ("_seconds", "_bytes", "_cores", "interval_start")


def scan(task):
    rows = 0
    for table, columns in COLUMNS[task.work].items():
        texts = {c for c in columns if not c.endswith(NOT_TEXT)}
        files = ds.dataset(sorted(glob.glob(task.glob(table))), format=ds.ParquetFileFormat(dictionary_columns=texts))
        options = ds.ParquetFragmentScanOptions(pre_buffer=False)  # as fast from a local disk, and 50 MB less
        scanner = files.scanner(columns=columns, batch_size=32768, batch_readahead=4, fragment_readahead=task.threads,
                                fragment_scan_options=options)
        rows += sum(batch.num_rows for batch in scanner.to_batches())
    return rows


if __name__ == "__main__":
    told = Task()
    pa.set_cpu_count(told.threads)
    pa.set_io_thread_count(told.threads)
    told.run(f"{pa.__version__} ({pa.default_memory_pool().backend_name})", lambda: scan(told))
