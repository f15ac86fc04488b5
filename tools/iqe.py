"""The IQE scenarios end to end; called by tools/iqe.

    iqe.py [SCENARIO.yml ...]    default: all of scenarios/iqe in COSTREAM_SHARED (../shared)
"""
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
COSTREAM = os.environ.get("COSTREAM_BIN", str(ROOT / "build/release/costream"))
SHARED = pathlib.Path(os.environ.get("COSTREAM_SHARED", ROOT.parent / "shared"))
SCENARIOS = 7
MODES = ("streaming", "in-memory")
INPUTS = {"payload": "payload.tar.gz", "parquet": "parquet"}  # what is run over, and where it is
COLUMNS = [(made, mode) for made in INPUTS for mode in MODES]
# The dates that golden/README.md gives the placeholders; a generator without an end gets END.
DATES = {'"{{ echo_orig_end }}"': "2025-11-16", "last_month": "2025-11-01", "start_date: today": "start_date: 2025-11-16"}
START, END = "2025-11-01", "2025-11-30 23:00"
SOURCE = "5e0b2f0c-3f35-4d4c-9a4e-6d4f6f1c1e05"
PAYLOAD = "5e0b2f0c-3f35-4d4c-9a4e-6d4f6f1c1e06"  # its uuid


def with_dates(text):
    """The YAML as generated from: every generator with a beginning and an end."""
    for placeholder, date in DATES.items():
        text = text.replace(placeholder, date)
    lines = []
    generators = text.split("  - OCPGenerator:\n")
    for number, generator in enumerate(generators):
        if number:
            lines.append("  - OCPGenerator:\n")
            lines += [] if "start_date:" in generator else [f"      start_date: {START}\n"]
            lines += [] if "end_date:" in generator else [f'      end_date: "{END}"\n']
        lines.append(generator)
    return "".join(lines)


def call(*command, cwd):
    """Standard output; what failed and how as an error otherwise."""
    done = subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise RuntimeError(f"{pathlib.Path(command[0]).name} {command[1]}: exit code {done.returncode}\n"
                           f"{(done.stderr or done.stdout).strip()}")
    return done.stdout


def pack(files, payload):
    """Writes the CSVs as an operator's payload."""
    manifest = {"uuid": PAYLOAD, "cluster_id": "iqe", "version": "iqe", "date": f"{END[:10]}T23:59:59Z",
                "files": [path.name for path in files], "start": f"{START}T00:00:00Z", "end": f"{END[:10]}T23:59:59Z"}
    text = json.dumps(manifest).encode()
    with tarfile.open(payload, "w:gz") as archive:
        member = tarfile.TarInfo("manifest.json")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
        for path in files:
            archive.add(path, path.name)


def generate(scenario, folder):
    """Has koku-nise write a scenario's CSVs, packs them as a payload and has costream make Parquet of that too;
    the YAML that they were made from."""
    report = folder / scenario.name
    report.write_text(with_dates(scenario.read_text(encoding="utf-8")), encoding="utf-8")
    csv = folder / "csv"
    csv.mkdir()
    nise = pathlib.Path(sys.executable).with_name("nise")
    call(nise, "report", "ocp", "--static-report-file", report, "--ocp-cluster-id", "iqe", "--write-monthly", cwd=csv)
    for other in [*csv.glob("*_vm_usage.csv"), *csv.glob("*_gpu_usage.csv")]:
        other.unlink()  # reports that are not of the summary
    pack(sorted(csv.glob("*.csv")), folder / INPUTS["payload"])
    call(COSTREAM, "convert", folder / INPUTS["payload"], "--out", folder / INPUTS["parquet"], "--org", "iqe",
         "--source", SOURCE, cwd=folder)
    return report


def summarize(report, folder, made, mode, *more):
    """Runs over what generate made, validated; the closing table."""
    return call(COSTREAM, "run", folder / INPUTS[made], "--month", START[:7], "--mode", mode, "--source", SOURCE,
                "--to", folder / f"{made}-{mode}.parquet", "--validate-expected", report, "--log-format", "text", *more, cwd=folder)


def main():
    scenarios = [pathlib.Path(a) for a in sys.argv[1:]] or sorted((SHARED / "scenarios/iqe").glob("*.yml"))
    complete = bool(sys.argv[1:]) or len(scenarios) == SCENARIOS
    passed, failures = 0, []
    print(f"{'scenario':<28}" + "".join(f"{f'{made}, {mode}':<20}" for made, mode in COLUMNS))
    for scenario in scenarios:
        cells = []
        with tempfile.TemporaryDirectory(prefix="costream-iqe-") as folder:
            try:
                report = generate(scenario, pathlib.Path(folder))
            except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
                failures.append(f"{scenario.name}: {error}")
                cells = ["not made"] * len(COLUMNS)
            for made, mode in COLUMNS[len(cells):]:
                try:
                    summarize(report, pathlib.Path(folder), made, mode)
                    cells.append("pass")
                except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
                    failures.append(f"{scenario.name}, {made}, {mode}: {error}")
                    cells.append("FAIL")
        passed += cells == ["pass"] * len(COLUMNS)
        print(f"{scenario.stem:<28}" + "".join(f"{cell:<20}" for cell in cells), flush=True)
    print(f"{passed}/{len(scenarios) if complete else SCENARIOS} scenarios hold")
    for failure in failures:
        print(failure, file=sys.stderr)
    if not complete:
        print(f"iqe: {len(scenarios)} of {SCENARIOS} scenarios found in {SHARED / 'scenarios/iqe'}", file=sys.stderr)
    return 0 if complete and passed == len(scenarios) else 1


if __name__ == "__main__":
    sys.exit(main())
