#!/usr/bin/env bash
# The wheel in build/dist: built against the Debian libraries here, then those are put into it (auditwheel), so that it
# needs pyarrow and a glibc as new only. Called by make wheel and tools/test_python.sh; ccache has most of it from the release build.
set -euo pipefail
cd "$(dirname "$0")/.."

rm -rf build/dist build/dist-local
export CXX=c++  # as the release build: ccache takes another name for another compiler
build/python/bin/python -m pip wheel --quiet --disable-pip-version-check --no-build-isolation --no-deps \
  -C build-dir=build/wheel -w build/dist-local .
build/python/bin/python tools/wheel_licences.py build/dist-local/costream-*.whl
# Arrow is that of the pyarrow package, which lies beside the package wherever it is installed.
PATH=$PWD/build/python/bin:$PATH build/python/bin/auditwheel repair --strip --exclude 'libarrow*.so.*' --exclude 'libparquet.so.*' \
  -w build/dist build/dist-local/costream-*.whl >build/wheel.log 2>&1 || { cat build/wheel.log; exit 1; }
ls -l build/dist
