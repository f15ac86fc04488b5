#!/usr/bin/env bash
# tools/*requirements.in -> tools/*requirements.txt: all Python packages that they draw in, pinned with their hashes, so that
# pip installs nothing else. Run it after changing one of the former.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$(mktemp -d)
trap 'rm -rf "$venv"' EXIT
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check uv==0.13.8
for name in requirements package-requirements; do
  "$venv/bin/uv" pip compile --quiet --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-annotate \
    --custom-compile-command tools/lock.sh --output-file "tools/$name.txt" "tools/$name.in"
done
