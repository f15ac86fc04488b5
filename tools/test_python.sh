#!/usr/bin/env bash
# The Python package: builds the wheel (ccache has most of it from the release build), installs it and runs its tests.
# Arguments go to pytest; without any the tests of the package and of runs over an engine are run.
set -euo pipefail
cd "$(dirname "$0")/.."

rm -rf build/dist
export CXX=c++  # as the release build: ccache takes another name for another compiler
build/python/bin/python -m pip wheel --quiet --disable-pip-version-check --no-build-isolation --no-deps \
  -C build-dir=build/wheel -w build/dist .
python=build/python-package/bin/python
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall build/dist/costream-*.whl
"$python" -m mypy --config-file pyproject.toml
[ $# -gt 0 ] || set -- tests/python tests/ray
COSTREAM_SHARED=$(realpath -m "${COSTREAM_SHARED:-../shared}") "$python" -m pytest -q "$@"
