#!/usr/bin/env bash
# A made-up cluster month into build/demo, its summary and the page of that. Called by make demo.
set -euo pipefail
cd "$(dirname "$0")/.."

costream=build/release/costream
rm -rf build/demo
mkdir -p build/demo
reports=build/demo/reports
$costream generate --rows 200000 --seed 1 --out $reports >/dev/null
$costream run $reports --reference $reports/reference.json --to build/demo/summary.parquet
$costream run $reports --reference $reports/reference.json --output json --log-level error >build/demo/run.json
$costream report build/demo/summary.parquet --run build/demo/run.json -o build/demo/report.html >/dev/null

cat <<END

The rows are in build/demo/summary.parquet (docs/output.md has the schema); build/demo/report.html shows them in a browser. Next:
  $costream serve build/demo/summary.parquet
  $costream run $reports --reference $reports/reference.json --to build/demo/summary.csv
  $costream run $reports --reference $reports/reference.json --output json
  $costream run $reports --reference $reports/reference.json --start 2025-11-10 --end 2025-11-11
  $costream run --help
END
