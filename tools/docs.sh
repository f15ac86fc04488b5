#!/usr/bin/env bash
# The documentation as a site in build/site; a link that leads nowhere is an error. Needs the built command.
set -euo pipefail
cd "$(dirname "$0")/.."
# Not --quiet: that would let warnings pass.
NO_MKDOCS_2_WARNING=1 build/python/bin/mkdocs build --strict --clean >build/docs.log 2>&1 || { cat build/docs.log; exit 1; }
echo "docs: build/site/index.html"
