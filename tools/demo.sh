#!/usr/bin/env bash
# A made-up cluster month into build/demo, and its summary. Called by make demo.
set -euo pipefail
cd "$(dirname "$0")/.."

costream=build/release/costream
rm -rf build/demo
mkdir -p build/demo
reports=build/demo/reports
$costream generate --rows 200000 --seed 1 --out $reports >/dev/null
$costream run $reports --reference $reports/reference.json --to build/demo/summary.parquet

cat <<END

The rows are in build/demo/summary.parquet (docs/output.md has the schema). Next:
  $costream run $reports --reference $reports/reference.json --to build/demo/summary.csv
  $costream run $reports --reference $reports/reference.json --output json
  $costream run $reports --reference $reports/reference.json --start 2025-11-10 --end 2025-11-11
  $costream run --help
END
