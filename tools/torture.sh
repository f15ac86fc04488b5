#!/usr/bin/env bash
# All that is too long for `make test`: hours. Prints a JSON line for each suite as it ends, also into build/torture.json; fails
# where one has. FUZZ_SECONDS (600): of each fuzz target. SEEDS (10000): random clusters. SUITES: some of
# equivalence,fuzz,asan,tsan,faults.
set -euo pipefail
cd "$(dirname "$0")/.."

suites=${SUITES:-equivalence,fuzz,asan,tsan,faults}
failed=0
: >build/torture.json
tell() { tee -a build/torture.json; }

# Those whose lines are their own.
run() { "$@" | tell || failed=1; }

# One that ends well or not.
suite() { # NAME COMMAND...
  local name=$1 begin=$SECONDS ok=true
  shift
  "$@" >"build/torture-$name.log" 2>&1 || { ok=false; failed=1; tail -n 40 "build/torture-$name.log" >&2; }
  echo "{\"suite\": \"$name\", \"ok\": $ok, \"seconds\": $((SECONDS - begin))}" | tell
}

equivalence() {
  export COSTREAM_BIN=$PWD/build/release/costream
  local process processes=() first each=$(((${SEEDS:-10000} + $(nproc) - 1) / $(nproc))) status=0
  [ ! -w /dev/shm ] || export TMPDIR=/dev/shm  # many small files
  for ((first = 0; first < ${SEEDS:-10000}; first += each)); do
    (cd tests && exec ../build/python-package/bin/python -m differential.equivalence "$first-$((first + each - 1))") &
    processes+=($!)
  done
  for process in "${processes[@]}"; do wait "$process" || status=1; done
  return $status
}

for name in ${suites//,/ }; do
  case $name in
    equivalence) run equivalence ;;
    fuzz) run tools/fuzz.sh "${FUZZ_SECONDS:-600}" ;;
    asan | tsan) suite "$name" tools/test_sanitized.sh "$name" ;;
    faults) [ ! -x tools/torture_faults.sh ] || run tools/torture_faults.sh ;;
    *) echo "torture: no suite '$name'" >&2; exit 2 ;;
  esac
done
exit $failed
