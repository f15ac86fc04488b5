#!/usr/bin/env bash
# The Python package: builds the wheel, installs it and runs its tests.
# Arguments go to pytest; without any the tests of the package and of runs over an engine are run.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/wheel.sh
python=build/python-package/bin/python
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall build/dist/costream-*.whl
"$python" -m mypy --config-file pyproject.toml
[ $# -gt 0 ] || set -- tests/python tests/ray
COSTREAM_SHARED=$(realpath -m "${COSTREAM_SHARED:-../shared}") "$python" -m pytest -q "$@"
