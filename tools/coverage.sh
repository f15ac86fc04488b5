#!/usr/bin/env bash
# Which lines and branches of src/ the unit tests and the tests of the command execute: build/coverage-report/index.html, a table, and the errors
# that none executes (docs/testing.md says why).
# Branches that only an exception takes, and those of constructors that the compiler adds, are left out (docs/testing.md).
# Usage: tools/coverage.sh [PYTEST_ARGUMENT...]
set -euo pipefail
cd "$(dirname "$0")/.."

cmake --preset coverage >build/configure.log || { cat build/configure.log; exit 1; }
cmake --build --preset coverage
find build/coverage -name '*.gcda' -delete
ctest --test-dir build/coverage --output-on-failure --no-tests=error -j "$(nproc)" >build/ctest.log || { cat build/ctest.log; exit 1; }
grep 'tests passed' build/ctest.log
[ $# -gt 0 ] || set -- tests --ignore tests/python --ignore tests/ray --ignore tests/packages --ignore tests/container --ignore tests/iqe
status=0  # a coverage build is slow: tests of time and memory may fail, and are told
COSTREAM_BIN=$PWD/build/coverage/costream COSTREAM_FAULTY_BIN=$PWD/build/coverage/costream COSTREAM_SHARED=$(realpath -m "${COSTREAM_SHARED:-../shared}") \
  build/python/bin/python -m pytest -q "$@" || status=$?
mkdir -p build/coverage-report
build/python/bin/gcovr --root . --filter 'src/' --exclude '.*_test\.cc' --exclude '.*/test_[^/]*\.h' \
  --exclude-throw-branches --exclude-unreachable-branches --merge-mode-functions merge-use-line-0 \
  --gcov-ignore-parse-errors=negative_hits.warn_once_per_file -j "$(nproc)" build/coverage \
  --txt --txt-summary --html-details build/coverage-report/index.html --json build/coverage-report/lines.json
build/python/bin/python tools/unexecuted_errors.py build/coverage-report/lines.json
exit $status
