#!/usr/bin/env bash
# The Debian package of the release build, its bill of materials (SBOM) and the checksums of all that is in
# build/packages. Called by make deb, after the build.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=build/packages
mkdir -p $packages
rm -f $packages/*.deb $packages/*.deb.cdx.json
cmake --build --preset release --target manual >build/package.log || { cat build/package.log; exit 1; }
gzip -9n build/release/manual/man1/*
# Dates of the commit, so that the same commit gives the same package.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s) \
  cpack --config build/release/CPackConfig.cmake -B build/release/package >build/package.log 2>&1 ||
  { cat build/package.log; exit 1; }
cp build/release/package/*.deb $packages
package=$(echo $packages/*.deb)
build/python/bin/python tools/sbom.py "$package" >"$package.cdx.json"
(cd $packages && find . -type f ! -name SHA256SUMS -printf '%P\n' | sort | xargs sha256sum >SHA256SUMS)
(cd $packages && ls -l)
