#!/usr/bin/env python3
"""Lines of src/ that make an error and that no test has executed: unexecuted_errors.py COVERAGE_JSON (of gcovr --json).

docs/testing.md says of each why no test does.
"""
import json
import pathlib
import re
import sys

MAKES_ERROR = re.compile(r"\b(?:\w*Error(?:At)?|Status::(?!OK)\w+)\(")
PASSES_ON = re.compile(r"RETURN_NOT_OK\(|ASSIGN_OR_RAISE\(")

measured = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
errors, missed = 0, []
for file in sorted(measured["files"], key=lambda f: f["file"]):
    source = pathlib.Path(file["file"]).read_text(encoding="utf-8").splitlines()
    counts = {}
    for line in file["lines"]:
        counts[line["line_number"]] = counts.get(line["line_number"], 0) + line["count"]
    for number, count in sorted(counts.items()):
        text = source[number - 1].strip()
        if MAKES_ERROR.search(text) and not PASSES_ON.search(text):
            errors += 1
            if count == 0:
                missed.append(f"{file['file']}:{number}: {text}")
print(*missed, sep="\n")
print(f"{len(missed)} of {errors} lines that make an error are not executed")
