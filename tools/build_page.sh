#!/usr/bin/env bash
# Bundles the page of `costream report` (report/) into one HTML file: build_page.sh OUT. Packages and finished pages are kept
# outside the tree, so that nothing is fetched or bundled twice.
set -euo pipefail
out=$(realpath -m "$1")
cd "$(dirname "$0")/../report"

cache=${COSTREAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/costream}/report
sources=$(cat package.json package-lock.json build.mjs src/* | sha256sum | cut -c 1-32)
if [ ! -e "$cache/$sources.html" ]; then
  modules=$cache/$(sha256sum package-lock.json | cut -c 1-32)
  mkdir -p "$cache"
  (
    flock 9
    if [ ! -e "$modules/.done" ]; then
      mkdir -p "$modules"
      cp package.json package-lock.json "$modules"
      npm ci --prefix "$modules" --ignore-scripts --no-audit --no-fund --loglevel=error
      touch "$modules/.done"
    fi
    node build.mjs "$modules/node_modules" "$cache/$sources.new"
    mv "$cache/$sources.new" "$cache/$sources.html"
  ) 9>"$cache/.lock"
fi
cp "$cache/$sources.html" "$out"
