"""A small month whose values tell when they were written: one pod, one volume, one node a day."""
import support

POD = {"node": "n1", "namespace": "ns", "pod": "p1", "pod_request_cpu_core_seconds": 1800.0,
       "pod_usage_memory_byte_seconds": 3865470566400.0, "pod_request_memory_byte_seconds": 0.0,
       "node_capacity_cpu_core_seconds": 14400.0, "node_capacity_memory_byte_seconds": 61847529062400.0,
       "node_role": "worker", "resource_id": "i-1", "pod_labels": "label_app:a"}
VOLUME = {"namespace": "ns", "pod": "p1", "persistentvolumeclaim": "c1", "persistentvolume": "v1", "storageclass": "gp3",
          "csi_volume_handle": "h", "persistentvolumeclaim_capacity_byte_seconds": 3.6e12,
          "volume_request_storage_byte_seconds": 3.6e12, "persistentvolumeclaim_usage_byte_seconds": 3.6e12,
          "persistentvolume_labels": "", "persistentvolumeclaim_labels": ""}
MONTH = ["--month", "2025-11", "--log-level", "warning"]
RANK = ["Pod", "Storage", "Unallocated"]


def write(folder, version, days=(1, 2, 3)):
    """Reports of those days as CSV. version: core-hours used a day, GiB of the claim."""
    times = [f"2025-11-{day:02} 00:00:00" for day in days]
    pods = [{"interval_start": t, **POD, "pod_usage_cpu_core_seconds": 3600.0 * version} for t in times]
    volumes = [{"interval_start": t, **VOLUME, "persistentvolumeclaim_capacity_bytes": version * support.GIB}
               for t in times]
    return support.write_csvs(folder, {"pod": pods, "storage": volumes})


def versions(rows, source=support.SOURCE):
    """{(day, kind): version} of a source's rows; checks that each is there once."""
    found = {}
    for row in rows:
        if row["source_uuid"] != source:
            continue
        key = (int(row["usage_start"][8:]), row["kind"])
        assert key not in found, f"two rows of {key}"
        found[key] = (row["persistentvolumeclaim_capacity_gigabyte"] if row["kind"] == "Storage" else
                      row["pod_usage_cpu_core_hours"] if row["kind"] == "Pod" else 4 - row["pod_usage_cpu_core_hours"])
    return found


def all_of(version, days=(1, 2, 3), kinds=RANK):
    return {(day, kind): version for day in days for kind in kinds}
