#!/usr/bin/env bash
# Fuzzes each target for so many seconds, from the seeds of the tree and what earlier runs have found out.
# Usage: tools/fuzz.sh [SECONDS [TARGET...]]. Prints a JSON line a target; findings lie in build/fuzz-findings, and fail it.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
shift || true
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for source in tests/fuzz/*_fuzzer.cc; do targets+=("$(basename "$source" _fuzzer.cc)"); done
fi
cmake --preset fuzz >build/configure.log || { cat build/configure.log; exit 1; }
cmake --build --preset fuzz --target "${targets[@]/%/_fuzzer}" >build/fuzz.log || { tail -n 40 build/fuzz.log; exit 1; }

findings=$PWD/build/fuzz-findings
mkdir -p "$findings"
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
failed=0
for target in "${targets[@]}"; do
  corpus=${COSTREAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/costream}/fuzz/$target
  mkdir -p "$corpus"
  options=(-max_total_time="$seconds" -rss_limit_mb=2048 -malloc_limit_mb=1024 -timeout=10 -print_final_stats=1
    -artifact_prefix="$findings/$target-")
  [ ! -e "tests/fuzz/$target.dict" ] || options+=(-dict="tests/fuzz/$target.dict")
  folders=("$corpus" "tests/fuzz/seeds/$target")
  [ ! -d "tests/fuzz/findings/$target" ] || folders+=("tests/fuzz/findings/$target")
  status=0
  "build/fuzz/${target}_fuzzer" "${options[@]}" "${folders[@]}" 2>"$findings/$target.log" >/dev/null || status=$?
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$findings/$target.log")
  echo "{\"suite\": \"fuzz\", \"target\": \"$target\", \"executions\": ${executions:-0}, \"seconds\": $seconds, \"ok\": $([ $status = 0 ] && echo true || echo false)}"
  if [ $status != 0 ]; then
    failed=1
    grep -E 'ERROR|SUMMARY|runtime error|internal error|Test unit written' "$findings/$target.log" >&2 || tail -n 20 "$findings/$target.log" >&2
  fi
done
exit $failed
