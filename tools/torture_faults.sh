#!/usr/bin/env bash
# All faults instead of a sample: hours. Prints a JSON line for each suite: the faults injected, the seconds they took.
# Arguments go to pytest (tests/faults/test_killed.py, -k sqlite); FAULT_SEED=7 throws other dice. Without any, runs on Ray are tried,
# too, where the package is installed (tools/test_python.sh).
set -euo pipefail
cd "$(dirname "$0")/.."

counts=$(mktemp)
trap 'rm -f "$counts"' EXIT
export COSTREAM_TORTURE=${COSTREAM_TORTURE:-1} FAULT_COUNTS=$counts COSTREAM_BIN=${COSTREAM_BIN:-$PWD/build/release/costream}
COSTREAM_SHARED=$(realpath -m "${COSTREAM_SHARED:-../shared}")
export COSTREAM_SHARED
if [ $# -gt 0 ]; then
  build/python/bin/python -m pytest -q "$@" >&2 || failed=1
else
  build/python/bin/python -m pytest -q tests/faults >&2 || failed=1
  build/python-package/bin/python -m pytest -q tests/ray/test_ray_fault_points.py >&2 || failed=1
fi
cat "$counts"
exit ${failed:-0}
