"""The IQE scenarios end to end; called by tools/iqe.

    iqe.py [SCENARIO.yml ...]    default: all of scenarios/iqe in COSTREAM_SHARED (../shared)
"""
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
COSTREAM = os.environ.get("COSTREAM_BIN", str(ROOT / "build/release/costream"))
SHARED = pathlib.Path(os.environ.get("COSTREAM_SHARED", ROOT.parent / "shared"))
SCENARIOS = 7
MODES = ("streaming", "in-memory")
# The dates that golden/README.md gives the placeholders; a generator without an end gets END.
DATES = {'"{{ echo_orig_end }}"': "2025-11-16", "last_month": "2025-11-01", "start_date: today": "start_date: 2025-11-16"}
START, END = "2025-11-01", "2025-11-30 23:00"
SOURCE = "5e0b2f0c-3f35-4d4c-9a4e-6d4f6f1c1e05"


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


def generate(scenario, folder):
    """Has koku-nise write a scenario's CSVs and costream make Parquet of them; the YAML that they were made from."""
    report = folder / scenario.name
    report.write_text(with_dates(scenario.read_text(encoding="utf-8")), encoding="utf-8")
    csv = folder / "csv"
    csv.mkdir()
    nise = pathlib.Path(sys.executable).with_name("nise")
    call(nise, "report", "ocp", "--static-report-file", report, "--ocp-cluster-id", "iqe", "--write-monthly", cwd=csv)
    for other in [*csv.glob("*_vm_usage.csv"), *csv.glob("*_gpu_usage.csv")]:
        other.unlink()  # reports that are not of the summary
    call(COSTREAM, "convert", csv, "--out", folder / "parquet", "--org", "iqe", "--source", SOURCE,
         cwd=folder)
    return report


def summarize(report, folder, mode, *more):
    """Runs over what generate made, validated; the closing table."""
    return call(COSTREAM, "run", folder / "parquet", "--month", START[:7], "--mode", mode, "--source", SOURCE,
                "--to", folder / f"{mode}.parquet", "--validate-expected", report, "--log-format", "text", *more, cwd=folder)


def main():
    scenarios = [pathlib.Path(a) for a in sys.argv[1:]] or sorted((SHARED / "scenarios/iqe").glob("*.yml"))
    complete = bool(sys.argv[1:]) or len(scenarios) == SCENARIOS
    passed, failures = 0, []
    print(f"{'scenario':<28}" + "".join(f"{mode:<12}" for mode in MODES))
    for scenario in scenarios:
        cells = []
        with tempfile.TemporaryDirectory(prefix="costream-iqe-") as folder:
            try:
                report = generate(scenario, pathlib.Path(folder))
            except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
                failures.append(f"{scenario.name}: {error}")
                cells = ["not made"] * len(MODES)
            for mode in MODES[len(cells):]:
                try:
                    summarize(report, pathlib.Path(folder), mode)
                    cells.append("pass")
                except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
                    failures.append(f"{scenario.name}, {mode}: {error}")
                    cells.append("FAIL")
        passed += cells == ["pass"] * len(MODES)
        print(f"{scenario.stem:<28}" + "".join(f"{cell:<12}" for cell in cells), flush=True)
    print(f"{passed}/{len(scenarios) if complete else SCENARIOS} scenarios hold")
    for failure in failures:
        print(failure, file=sys.stderr)
    if not complete:
        print(f"iqe: {len(scenarios)} of {SCENARIOS} scenarios found in {SHARED / 'scenarios/iqe'}", file=sys.stderr)
    return 0 if complete and passed == len(scenarios) else 1


if __name__ == "__main__":
    sys.exit(main())
