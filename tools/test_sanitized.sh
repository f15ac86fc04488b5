#!/usr/bin/env bash
# Unit tests and tests of the command in a build that a sanitizer watches. Usage: tools/test_sanitized.sh asan|tsan [PYTEST_ARGUMENT...]
# asan: AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer; tsan: ThreadSanitizer, runs with 8 threads.
# Any report ends the program, and so fails its test. Suppressions: tools/sanitizers/.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:?asan or tsan}
shift
suppressions=$PWD/tools/sanitizers
case $preset in
  asan)
    export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=1
    export UBSAN_OPTIONS=print_stacktrace=1 LSAN_OPTIONS=suppressions=$suppressions/lsan.supp:print_suppressions=0 ;;
  tsan)
    export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:ignore_noninstrumented_modules=1:suppressions=$suppressions/tsan.supp ;;
  *) echo "usage: tools/test_sanitized.sh asan|tsan [PYTEST_ARGUMENT...]" >&2; exit 2 ;;
esac
cmake --preset "$preset" >build/configure.log || { cat build/configure.log; exit 1; }
cmake --build --preset "$preset"
ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$(nproc)" >build/ctest.log || { cat build/ctest.log; exit 1; }
grep 'tests passed' build/ctest.log
# Those left out need another build, or measure time and memory of the released one.
[ $# -gt 0 ] || set -- tests --ignore tests/python --ignore tests/ray --ignore tests/packages --ignore tests/container --ignore tests/iqe
COSTREAM_BIN=$PWD/build/$preset/costream COSTREAM_FAULTY_BIN=$PWD/build/$preset/costream COSTREAM_SHARED=$(realpath -m "${COSTREAM_SHARED:-../shared}") \
  build/python/bin/python -m pytest -q "$@"
