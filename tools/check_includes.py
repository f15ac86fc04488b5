#!/usr/bin/env python3
"""Checks the include direction: a folder of src/ includes only from its left. Names file and line of what does not.

    check_includes.py [ROOT]
"""
import pathlib
import re
import sys

ORDER = ["base", "model", "source", "decode", "aggregate", "merge", "sink", "summary", "job", "config"]
ALLOWED = {folder: set(ORDER[:i + 1]) for i, folder in enumerate(ORDER)}
ALLOWED["convert"] = {*ORDER[:ORDER.index("sink") + 1], "convert"}  # beside job
ALLOWED["report"] = {*ORDER[:ORDER.index("summary") + 1], "report"}  # beside job
ALLOWED["serve"] = {*ALLOWED["report"], "serve"}
ALLOWED["generate"] = {"base", "model", "generate"}  # beside the others
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def included_folder(path, name, source_root):
    """The folder of src/ that an include names, or None where it names something else."""
    if name.startswith("."):
        resolved = (path.parent / name).resolve()
        return resolved.relative_to(source_root).parts[0] if resolved.is_relative_to(source_root) else None
    parts = name.split("/")
    if parts[0] == "src":
        parts = parts[1:]
    return parts[0] if len(parts) > 1 and parts[0] in ALLOWED else "cli" if parts[0] == "cli" else None


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    source_root = root / "src"
    wrong = []
    files = sorted(p for p in source_root.rglob("*") if p.suffix in (".h", ".cc"))
    if not files:
        sys.exit(f"check_includes: no sources in {source_root}")
    for path in files:
        folder = path.relative_to(source_root).parts[0]
        shown = path.relative_to(root)
        if folder not in ALLOWED:
            wrong.append(f"{shown}:1: folder '{folder}' has no place in the order; see tools/check_includes.py")
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            target = included_folder(path, match[1], source_root) if match else None
            if target and target not in ALLOWED[folder]:
                may = ", ".join(sorted(ALLOWED[folder] - {folder})) or "no other folder"
                wrong.append(f"{shown}:{number}: {folder} must not include {match[1]} (it may see: {may})")
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
