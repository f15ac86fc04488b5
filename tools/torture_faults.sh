#!/usr/bin/env bash
# All faults instead of a sample: hours. Prints a JSON line for each suite: the faults injected, the seconds they took.
# Arguments go to pytest (tests/faults/test_killed.py, -k sqlite); FAULT_SEED=7 throws other dice.
set -euo pipefail
cd "$(dirname "$0")/.."

counts=$(mktemp)
trap 'rm -f "$counts"' EXIT
[ $# -gt 0 ] || set -- tests/faults
COSTREAM_TORTURE=${COSTREAM_TORTURE:-1} FAULT_COUNTS=$counts COSTREAM_BIN=${COSTREAM_BIN:-$PWD/build/release/costream} \
  COSTREAM_SHARED=$(realpath -m "${COSTREAM_SHARED:-../shared}") build/python/bin/python -m pytest -q "$@" >&2 || failed=1
cat "$counts"
exit ${failed:-0}
