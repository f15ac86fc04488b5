#!/usr/bin/env bash
# requirements.in -> requirements.txt of tools/ and benchmarks/: all Python packages that they draw in, pinned with their hashes,
# so that pip installs nothing else. Run it after changing one of the former.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$(mktemp -d)
trap 'rm -rf "$venv"' EXIT
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check uv==0.13.8
for name in tools/requirements tools/package-requirements benchmarks/requirements; do
  "$venv/bin/uv" pip compile --quiet --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-annotate \
    --custom-compile-command tools/lock.sh --output-file "$name.txt" "$name.in"
done
