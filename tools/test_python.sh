#!/usr/bin/env bash
# The Python package: builds the wheel, installs it and runs its tests.
# Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/wheel.sh
python=build/python-package/bin/python
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall build/dist/costream-*.whl
"$python" -m mypy --config-file pyproject.toml
COSTREAM_SHARED=$(realpath -m "${COSTREAM_SHARED:-../shared}") "$python" -m pytest -q "${@:-tests/python}"
