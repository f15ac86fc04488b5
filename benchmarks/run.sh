#!/usr/bin/env bash
# Makes the benchmarks' own Python environment where it is missing or old, then runs bench.py, or the script that the first
# argument names, with the arguments.
# COSTREAM_BENCH_DIR: where the environment, the generated data and the scratch files are (build/bench).
set -euo pipefail
cd "$(dirname "$0")/.."

export COSTREAM_BENCH_DIR=${COSTREAM_BENCH_DIR:-$PWD/build/bench}
venv=$COSTREAM_BENCH_DIR/venv
if ! cmp -s benchmarks/requirements.txt "$venv/.requirements"; then
  echo "bench: Python packages into $venv" >&2
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.txt
  cp benchmarks/requirements.txt "$venv/.requirements"
fi
script=bench.py
if [[ ${1:-} == *.py ]]; then
  script=$1
  shift
fi
exec "$venv/bin/python" "benchmarks/$script" "$@"
