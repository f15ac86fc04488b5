#!/usr/bin/env bash
# Everything that CI checks: lint, both builds, unit tests, tests of the command and of the Python package. COSTREAM_SHARED: where golden/ is.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/lint.sh --fast
tools/test_services.sh
for preset in release dev; do
  cmake --preset "$preset" >build/configure.log || { cat build/configure.log; exit 1; }
  cmake --build --preset "$preset"
done
ctest --test-dir build/dev --output-on-failure --no-tests=error -j "$(nproc)" >build/ctest.log ||
  { cat build/ctest.log; exit 1; }
grep 'tests passed' build/ctest.log

shared=$(realpath -m "${COSTREAM_SHARED:-../shared}")
COSTREAM_BIN=$PWD/build/release/costream COSTREAM_SHARED=$shared build/python/bin/python -m pytest -q tests --ignore tests/python --ignore tests/ray
COSTREAM_SHARED=$shared tools/test_python.sh
