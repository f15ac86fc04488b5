"""Operator payloads: archives of CSV texts and a manifest."""
import csv
import gzip
import io
import json
import tarfile

from .reports import FILES, csv_text, moment


def manifest_of(uuid, files, **more):
    return {"uuid": uuid, "cluster_id": "golden-cluster", "version": "3.3.2", "date": "2025-12-01T00:00:00.123456789Z",
            "files": list(files), **more}


def tar_bytes(members):
    """A tar archive of (name, bytes) pairs, or of tarfile.TarInfo with or without bytes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            if data is not None:
                info.size = len(data)
            tar.addfile(info, None if data is None else io.BytesIO(data))
    return out.getvalue()


def write_payload(path, manifest, files, manifest_last=True):
    """A payload of CSV texts by name; `manifest` is a dict, bytes, or None for none."""
    members = list(files.items())
    if manifest is not None:
        text = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        members.insert(len(members) if manifest_last else 0, ("manifest.json", text))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(tar_bytes(members), 6))
    return path


def read_texts(folder):
    """The reports as they are spelled: columns and rows of text, by report."""
    reports = {}
    for report, stem in FILES.items():
        plain = folder / f"{stem}.csv"
        with (open(plain, encoding="utf-8", newline="") if plain.exists()
              else gzip.open(f"{plain}.gz", "rt", encoding="utf-8", newline="")) as f:
            rows = csv.DictReader(f)
            reports[report] = (rows.fieldnames, list(rows))
    return reports


def of_hours(reports, keep):
    """CSV texts by member name, of the rows whose interval_start is kept."""
    return {f"cm-openshift-{FILES[report]}.csv":
            csv_text([r for r in rows if keep(moment(r["interval_start"]))], columns)
            for report, (columns, rows) in reports.items()}


def days_of(reports):
    return sorted({moment(r["interval_start"]).date() for _, rows in reports.values() for r in rows})


def covers(start, end):
    return {"start": start.isoformat() + "Z", "end": end.isoformat() + "Z"}
